"""Work that is done to its end once begun, whoever stops waiting for it.

The web layer cancels the handler of a client that goes away. A change is a commit and what follows
from it in memory, in the views and at the agent; cancelled between the two, memory and database
would tell different stories from then on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_running: set[asyncio.Task[Any]] = set()


def whole(
    work: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make a coroutine function go on to its end when its caller is cancelled."""

    @wraps(work)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        task = asyncio.ensure_future(work(*args, **kwargs))
        _running.add(task)
        task.add_done_callback(_running.discard)
        return await asyncio.shield(task)

    return guarded
