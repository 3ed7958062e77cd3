"""The measures by name, in the order in which they disturb each other least."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.load.measures import (
    calls,
    commands,
    connections,
    console,
    contacts,
    fanout,
    library,
    lists,
    storm,
)
from tests.load.report import Row
from tests.load.stage import Stage

Measure = Callable[[Stage], Awaitable[list[Row]]]

MEASURES: dict[str, Measure] = {
    "contacts": contacts.contacts,
    "lists": lists.lists,
    "calls": calls.calls,
    "latency-idle": commands.idle,
    "handler-idle": library.idle,
    "memory": connections.memory,
    "heartbeats": connections.heartbeats,
    "latency": commands.loaded,
    "handler": library.loaded,
    "fanout": fanout.fanout,
    "console": console.console,
    "storm-cut": storm.cut,
    "storm-kill": storm.kill,
    "storm-default": storm.kill_with_defaults,
}
