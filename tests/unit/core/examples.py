"""Commands in the states that tests begin from."""

from __future__ import annotations

from msgspec.structs import replace

from opstage.core import commands
from opstage.core.command import Command
from opstage_agent.wire import Attempt, CommandKind

T = 1000.0
NEW = Command(
    id="cmd_1",
    agent_id="agt_1",
    service_id="svc_1",
    service_code="links",
    kind=CommandKind.ACTION_EXECUTE,
    action_name="checkNow",
    created_at=T,
    expires_at=T + 300.0,
    timeout_seconds=100.0,
)
SAFE = replace(NEW, retry_safe=True)


def must(cmd: Command | None) -> Command:
    assert cmd is not None
    return cmd


def sent(cmd: Command = NEW, now: float = T) -> Command:
    return must(commands.send(cmd, now))


def running(cmd: Command = NEW, now: float = T) -> Command:
    cmd = sent(cmd, now)
    return must(commands.accept(cmd, cmd.attempt, now))


def outcome(cmd: Command) -> tuple[str, str | None]:
    return cmd.status, cmd.error_code


def attempts(**held: int) -> list[Attempt]:
    return [Attempt(command_id=key, attempt=attempt) for key, attempt in held.items()]
