"""What becomes of an agent's commands when it says ``hello`` and names those that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from opstage.core.command import Command, CommandStatus
from opstage.core.commands import lost
from opstage_agent.wire import LEASE_SECONDS, Attempt


class Reconciliation(msgspec.Struct, frozen=True):
    """What a ``hello`` means for the commands of its agent."""

    forget: list[str]
    """For ``welcome.forget``: results the server does not need."""
    stop: list[str]
    """For ``welcome.stop``: runs the server no longer wants."""
    cancel: list[Command]
    """Running ones whose cancellation the agent may not have heard of: send ``cancel`` again."""
    changed: list[Command]
    """New versions, to be stored before ``welcome`` leaves."""


def reconcile(
    commands: Iterable[Command],
    running: Iterable[Attempt],
    finished: Iterable[Attempt],
    now: float,
    lease: float = LEASE_SECONDS,
) -> Reconciliation:
    """Bring both sides together after a ``hello``; ``commands`` are the agent's, at least the unfinished.

    What the agent holds is adopted at the attempt it names: the connection that could have carried a
    later one is gone, so running it again would be running it twice. What it does not hold was lost:
    sent ones go out again, running ones as when their lease ends.
    """
    unfinished = {cmd.id: cmd for cmd in commands if not cmd.finished}
    done = {item.command_id: item.attempt for item in finished}
    runs = {item.command_id: item.attempt for item in running if item.command_id not in done}
    held: Mapping[str, int] = runs | done
    changed: list[Command] = []
    for cmd in unfinished.values():
        after = _adopt(cmd, held[cmd.id], now, lease, cmd.id in done) if cmd.id in held else lost(cmd, now)
        if after is not None:
            changed.append(after)
    return Reconciliation(
        forget=[command_id for command_id in done if command_id not in unfinished],
        stop=[command_id for command_id in runs if command_id not in unfinished],
        cancel=[cmd for cmd in changed if cmd.id in runs and cmd.cancel_requested_at is not None],
        changed=changed,
    )


def _adopt(cmd: Command, attempt: int, now: float, lease: float, done: bool) -> Command:
    """The agent holds ``attempt``. A finished one is held so long that its result can arrive."""
    return replace(
        cmd,
        status=CommandStatus.RUNNING,
        attempt=max(cmd.attempt, attempt),
        adopted=attempt if attempt < cmd.attempt else None,
        sent_at=now if cmd.sent_at is None else cmd.sent_at,
        started_at=now if cmd.started_at is None else cmd.started_at,
        lease_until=now + lease,
        hold_until=now + lease if done else None,
        not_before=None,
    )
