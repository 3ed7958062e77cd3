"""Drives a session by hand: no loop, no network, a clock that only the test moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from opstage_agent import wire
from opstage_agent.effects import Effect, Send, Start, Stop
from opstage_agent.identity import Identity
from opstage_agent.journal import Journal
from opstage_agent.session import Session
from opstage_agent.wire import CommandKind

T = TypeVar("T")
NOW = 1_800_000_000.0


def service(code: str = "shop", **given: Any) -> wire.ReportedService:
    """A service with one action that may be repeated and one that may not."""
    actions = [
        wire.ActionInput(name="look", label="Look", retry_safe=True),
        wire.ActionInput(name="pay", label="Pay"),
    ]
    return wire.ReportedService(code=code, name=code.title(), manifest={}, actions=actions, **given)


def command(command_id: str = "cmd_1", attempt: int = 1, action: str = "pay", **given: Any) -> wire.Command:
    """A command as the server sends it."""
    given.setdefault("kind", CommandKind.ACTION_EXECUTE)
    given.setdefault("payload", {"amount": 5})
    return wire.Command(
        command_id=command_id, attempt=attempt, service_code="shop", action_name=action, **given
    )


class Driver:
    """A session with its clock. ``sent`` holds every frame since it was last cleared."""

    def __init__(self, journal_file: Path | None = None, *, slots: int = 2, chance: float = 0.5) -> None:
        self.now = NOW
        self.journal = Journal.open(journal_file, self.now)
        identity = Identity("instance", wire.Sdk(name="test", version="1"), hostname="box")
        self.session = Session(self.journal, identity, [service()], slots=slots, random=lambda: chance)
        self.effects: list[Effect] = []

    def do(self, effects: list[Effect]) -> list[Effect]:
        """Note effects; what goes out must be a frame the server can read."""
        for effect in effects:
            if isinstance(effect, Send):
                msgspec.json.decode(wire.encode(effect.frame), type=wire.AgentUp)
        self.effects += effects
        return effects

    def connect(self, **given: Any) -> None:
        """Open a connection and be welcomed."""
        self.do(self.session.opened(self.now))
        self.receive(self.welcome(**given))

    def welcome(self, **given: Any) -> wire.Welcome:
        """A welcome that wants nothing special."""
        given = {
            "server_time": "2027-01-15T08:00:00.000Z",
            "heartbeat_seconds": 20.0,
            "services": [wire.ServiceRef(code="shop", id="svc_1")],
            "forget": [],
            "stop": [],
            "limits": wire.Limits(),
            **given,
        }
        return wire.Welcome(agent_id="agt_1", connection_id="con_1", lease_seconds=60, **given)

    def receive(self, frame: msgspec.Struct | str | bytes) -> list[Effect]:
        """The server says this."""
        text = wire.encode(frame) if isinstance(frame, msgspec.Struct) else frame
        return self.do(self.session.receive(text, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass as a pump would: a tick at every deadline on the way."""
        until = self.now + seconds
        while (deadline := self.session.deadline()) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.do(self.session.tick(self.now))
            after = self.session.deadline()
            assert after is None or after > self.now, "a tick at the deadline must move the deadline"
        self.now = until

    def disconnect(self) -> None:
        """The connection is gone."""
        self.session.closed(self.now)

    def clear(self) -> None:
        """Forget the effects so far."""
        self.effects.clear()

    def sent(self, kind: type[T]) -> list[T]:
        """The frames of one kind, in order."""
        return [e.frame for e in self.effects if isinstance(e, Send) and isinstance(e.frame, kind)]

    def frames(self) -> list[msgspec.Struct]:
        """All frames, in order."""
        return [effect.frame for effect in self.effects if isinstance(effect, Send)]

    def started(self) -> list[tuple[str, int]]:
        """Id and attempt of every command that was started."""
        return [(e.command.command_id, e.command.attempt) for e in self.effects if isinstance(e, Start)]

    def stopped(self) -> list[str]:
        """Ids of the commands whose handler was to be cancelled."""
        return [effect.command_id for effect in self.effects if isinstance(effect, Stop)]
