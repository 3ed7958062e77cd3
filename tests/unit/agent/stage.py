"""A runner with one service, for tests of what happens to commands."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.unit.agent.patience import until

from opstage_agent.desk import Outcome
from opstage_agent.mailbox import Said
from opstage_agent.registry import Service, declare_action
from opstage_agent.runner import Runner
from opstage_agent.wire import Command, CommandKind, Failure, OutputStream


class Stage:
    """A runner with one service, and everything it told."""

    def __init__(self, *handlers: Callable[..., Any]) -> None:
        self.service = Service("shop")
        for handler in handlers:
            self.service.add(declare_action(handler))
        self.outcomes: dict[str, Outcome] = {}
        self.said: list[Said] = []
        self.runner = Runner(
            {"shop": self.service},
            clock=time.time,
            finished=self._finished,
            said=self.said.append,
            agent_id=lambda: "agt_1",
        )

    def _finished(self, command_id: str, outcome: Outcome) -> None:
        assert command_id not in self.outcomes, "the end of a run is told once"
        self.outcomes[command_id] = outcome

    def start(self, action: str, payload: dict[str, Any] | None = None, **given: Any) -> None:
        command_id = given.pop("command_id", "cmd_1")
        given.setdefault("kind", CommandKind.ACTION_EXECUTE)
        self.runner.start(
            Command(
                command_id=command_id,
                attempt=1,
                service_code="shop",
                action_name=action,
                payload=payload or {},
                **given,
            )
        )

    async def outcome(self, command_id: str = "cmd_1") -> Outcome:
        await until(lambda: command_id in self.outcomes, f"the end of {command_id}")
        return self.outcomes[command_id]

    async def run(self, action: str, payload: dict[str, Any] | None = None, **given: Any) -> Outcome:
        self.start(action, payload, **given)
        return await self.outcome()

    def lines(self) -> list[tuple[OutputStream, str]]:
        return [(line.stream, line.text) for said in self.said for line in said.lines]


def error_of(outcome: Outcome) -> Failure:
    assert not outcome.success
    assert outcome.error is not None
    return outcome.error
