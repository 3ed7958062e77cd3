"""Runs the actions of a service the way its agent does, without a server."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from opstage_agent import Agent
from opstage_agent.desk import Outcome
from opstage_agent.mailbox import Said
from opstage_agent.runner import Runner
from opstage_agent.times import steady_clock
from opstage_agent.wire import Command, CommandKind, HealthInput

DEADLINE = 60.0


class Console:
    """One operator at one service: runs actions with the agent's own runner and reads what they say."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._numbers = itertools.count(1)
        self._outcomes: dict[str, asyncio.Future[Outcome]] = {}
        self._heard = asyncio.Event()
        self.output: list[str] = []
        self.percents: list[float] = []
        self._runner = Runner(
            {agent.code: agent._service},
            clock=steady_clock(),
            finished=lambda command_id, outcome: self._outcomes[command_id].set_result(outcome),
            said=self._hear,
            agent_id=lambda: "agt_test",
        )

    async def run(self, action: str, **payload: Any) -> dict[str, Any]:
        """Runs an action that must succeed; its data."""
        outcome = await self.attempt(action, **payload)
        assert outcome.error is None, outcome.error
        return outcome.data or {}

    async def refused(self, action: str, **payload: Any) -> str:
        """Runs an action that must fail; the code of its error."""
        outcome = await self.attempt(action, **payload)
        assert outcome.error is not None
        return outcome.error.code

    async def attempt(self, action: str, **payload: Any) -> Outcome:
        """Runs an action, however it ends."""
        return await self._ended(self.begin(action, **payload))

    async def form(self, action: str) -> dict[str, Any]:
        """The form of an action as it is now."""
        outcome = await self._ended(self._start(CommandKind.ACTION_PREPARE, action, {}))
        assert outcome.error is None, outcome.error
        return outcome.data or {}

    async def cancelled(self, action: str, **payload: Any) -> str:
        """Runs an action, cancels it as soon as it says something; the code of its error."""
        self._heard.clear()
        command_id = self.begin(action, **payload)
        async with asyncio.timeout(DEADLINE):
            await self._heard.wait()
        self._runner.stop(command_id, "the test cancelled it")
        outcome = await self._ended(command_id)
        assert outcome.error is not None
        return outcome.error.code

    def begin(self, action: str, **payload: Any) -> str:
        """Starts an action; its command id."""
        return self._start(CommandKind.ACTION_EXECUTE, action, payload)

    async def health(self) -> HealthInput:
        """The health as it would be reported."""
        return await self._agent.run_health()

    async def until_health(self, status: str) -> HealthInput:
        """The health once it has this status."""
        async with asyncio.timeout(DEADLINE):
            while (health := await self.health()).status != status:  # noqa: ASYNC110 - threads tell nobody
                await asyncio.sleep(0.02)
        return health

    def _start(self, kind: CommandKind, action: str, payload: dict[str, Any]) -> str:
        command_id = f"cmd_{next(self._numbers)}"
        self._outcomes[command_id] = asyncio.get_running_loop().create_future()
        self._runner.start(
            Command(
                command_id=command_id,
                attempt=1,
                kind=kind,
                service_code=self._agent.code,
                action_name=action,
                payload=payload,
            )
        )
        return command_id

    async def _ended(self, command_id: str) -> Outcome:
        async with asyncio.timeout(DEADLINE):
            return await self._outcomes[command_id]

    def _hear(self, said: Said) -> None:
        self.output += [line.text for line in said.lines]
        if said.progress is not None and said.progress[0] is not None:
            self.percents.append(said.progress[0])
        self._heard.set()


async def until(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; raises TimeoutError after the deadline."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - threads tell nobody
            await asyncio.sleep(0.01)
