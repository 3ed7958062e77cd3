"""The life of a command: pure functions from one state to the next.

::

    PENDING --send--> sent --accept--> RUNNING --finish--> SUCCEEDED / FAILED / CANCELLED
       ^                |                 |
       +-- lease ends --+-- (retrySafe) --+--> FAILED OUTCOME_UNKNOWN
    PENDING --claim (REST poll)--> RUNNING            PENDING, RUNNING --due--> EXPIRED

Every function returns the new command, or None when the event changes nothing (it is stale, repeated
or came too late). What is promised:

- terminal states never change; ``attempt`` never shrinks;
- a command that was accepted and is not ``retry_safe`` is never sent again: what cannot be known ends
  as FAILED with ``OUTCOME_UNKNOWN``;
- each send is a new attempt, committed by the caller before the frame leaves, and frames of another
  attempt than the newest, or the one the agent said it holds, change nothing.

Two kinds of command need telling the agent after a change: one that became terminal while it was
``outstanding`` without a result (expired, cancelled) wants a ``cancel`` frame with ``held_attempt`` of
the version before; one with ``cancel_requested_at`` wants it with its own. So does an ``accept`` of a
command that is terminal already.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec.structs import replace

from opstage.core.command import AlreadyCompleted, Command, CommandStatus
from opstage_agent.wire import CANCEL_SECONDS, LEASE_SECONDS, MAX_ATTEMPTS, MAX_IN_FLIGHT

RUN_SECONDS = 3600.0
"""How long a command without ``timeoutSeconds`` may run."""
RUN_GRACE_SECONDS = 30.0
"""What is added to the agent's own time limit, so that its answer comes first."""
RESTART_GRACE_SECONDS = 90.0
"""After a server start nothing outstanding ends by time before this: agents need time to come back."""
ERROR_CODE_CHARACTERS = 80
ERROR_MESSAGE_CHARACTERS = 500

ACTION_FAILED = "ACTION_FAILED"
CANCELLED_BY_AGENT = "CANCELLED"
CANCEL_UNCONFIRMED = "CANCEL_UNCONFIRMED"
COMMAND_EXPIRED = "COMMAND_EXPIRED"
EXPIRED_MESSAGE = "Command expired before completion."
OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
OUTCOME_UNKNOWN_MESSAGE = "The agent went away while the command ran; whether it was done is not known."
CANCEL_UNCONFIRMED_MESSAGE = "The agent did not confirm the cancellation."


def lease_seconds(heartbeat_seconds: float, least: float = LEASE_SECONDS) -> float:
    """How long an attempt may stay silent: ``least``, and two heartbeats with their jitter in a big fleet."""
    return max(float(least), 2.5 * heartbeat_seconds)


def send(cmd: Command, now: float, lease: float = LEASE_SECONDS) -> Command | None:
    """The next attempt leaves by socket. None if it is not one that ``sendable`` would choose."""
    if not _may_start(cmd, now):
        return None
    return replace(
        cmd,
        attempt=cmd.attempt + 1,
        sent_at=now,
        lease_until=now + lease,
        not_before=None,
        hold_until=None,
    )


def claim(cmd: Command, now: float) -> Command | None:
    """A REST poll takes it: it runs at the next attempt, without a lease."""
    if not _may_start(cmd, now):
        return None
    return replace(
        cmd,
        status=CommandStatus.RUNNING,
        attempt=cmd.attempt + 1,
        started_at=now,
        sent_at=None,
        lease_until=None,
        not_before=None,
        hold_until=None,
    )


def accept(cmd: Command, attempt: int, now: float, lease: float = LEASE_SECONDS) -> Command | None:
    """The agent runs it. A repeated accept renews the lease."""
    if cmd.finished or not cmd.counts(attempt):
        return None
    if attempt == cmd.attempt and cmd.adopted is not None:
        cmd = replace(cmd, adopted=None)
    if cmd.status is CommandStatus.RUNNING:
        return renew(cmd, now, lease)
    return replace(
        cmd,
        status=CommandStatus.RUNNING,
        started_at=now,
        sent_at=now if cmd.sent_at is None else cmd.sent_at,
        lease_until=now + lease,
        not_before=None,
        hold_until=None,
    )


def reject(
    cmd: Command, attempt: int, code: str, message: str, retry_after: float | None, now: float
) -> Command | None:
    """The agent will not run it: FAILED, or with ``retry_after`` seconds sent again later if it never ran."""
    if cmd.finished or not cmd.counts(attempt):
        return None
    if retry_after is None or cmd.status is CommandStatus.RUNNING:
        return _end(cmd, CommandStatus.FAILED, now, code, message)
    return replace(cmd, sent_at=None, lease_until=None, hold_until=None, not_before=now + retry_after)


def forsake(cmd: Command, now: float) -> Command:
    """Its agent is gone, so an attempt without a lease ends as one whose lease ended now."""
    return replace(cmd, lease_until=now) if cmd.outstanding else cmd


def renew(cmd: Command, now: float, lease: float = LEASE_SECONDS) -> Command | None:
    """A heartbeat lists it: its lease starts anew."""
    if not cmd.outstanding or cmd.lease_until is None:
        return None
    return replace(cmd, lease_until=max(cmd.lease_until, now + lease))


def progress(
    cmd: Command,
    attempt: int,
    percent: float | None,
    message: str | None,
    now: float,
    lease: float = LEASE_SECONDS,
) -> Command | None:
    """How far it is; what is None stays as it was. Renews the lease."""
    if cmd.status is not CommandStatus.RUNNING or not cmd.counts(attempt):
        return None
    return replace(
        cmd,
        percent=cmd.percent if percent is None else percent,
        progress_message=cmd.progress_message if message is None else message[:ERROR_MESSAGE_CHARACTERS],
        lease_until=None if cmd.lease_until is None else max(cmd.lease_until, now + lease),
    )


def finish(
    cmd: Command, attempt: int | None, success: bool, code: str | None, message: str | None, now: float
) -> Command | None:
    """Its one result came; ``attempt`` None means by REST, which does not name one.

    A result that comes after a cancel was requested wins over it. CANCELLED only if the agent says so
    and was asked to.
    """
    if cmd.finished or (attempt is not None and not cmd.counts(attempt)):
        return None
    if success:
        return _end(cmd, CommandStatus.SUCCEEDED, now, None, None)
    cancelled = code == CANCELLED_BY_AGENT and cmd.cancel_requested_at is not None
    status = CommandStatus.CANCELLED if cancelled else CommandStatus.FAILED
    return _end(cmd, status, now, code or ACTION_FAILED, message)


def request_cancel(cmd: Command, reason: str | None, now: float) -> Command | None:
    """An operator cancels. At once unless it runs by socket, where the agent is asked and has 10 s.

    None if that was asked before. Raises AlreadyCompleted on a terminal command.
    """
    if cmd.finished:
        raise AlreadyCompleted(cmd.status)
    if cmd.cancel_requested_at is not None:
        return None
    asked = replace(cmd, cancel_requested_at=now, cancel_reason=reason)
    if cmd.status is CommandStatus.RUNNING and not cmd.claimed:
        return asked
    return _end(asked, CommandStatus.CANCELLED, now, None, None)


def withdraw(cmd: Command, reason: str, now: float) -> Command | None:
    """What it was meant for is taken out of use: CANCELLED at once, without waiting for a running one."""
    if cmd.finished:
        return None
    asked_at = now if cmd.cancel_requested_at is None else cmd.cancel_requested_at
    asked = replace(cmd, cancel_requested_at=asked_at, cancel_reason=cmd.cancel_reason or reason)
    if cmd.status is CommandStatus.RUNNING:
        return _end(asked, CommandStatus.CANCELLED, now, CANCEL_UNCONFIRMED, CANCEL_UNCONFIRMED_MESSAGE)
    return _end(asked, CommandStatus.CANCELLED, now, None, None)


def expire(cmd: Command, code: str, message: str, now: float) -> Command | None:
    """Nobody waits for it any more: it ends as EXPIRED with this code, whatever it was doing."""
    return None if cmd.finished else _end(cmd, CommandStatus.EXPIRED, now, code, message)


def due(cmd: Command, now: float) -> Command | None:
    """What time alone makes of it at ``now``: expiry, lost lease, unconfirmed cancel, end of a delay."""
    changed = _due_once(cmd, now)
    if changed is None:
        return None
    return due(changed, now) or changed


def next_due(cmd: Command) -> float | None:
    """The next moment at which ``due`` changes it; None if time alone never will."""
    if cmd.finished:
        return None
    held = -math.inf if cmd.hold_until is None else cmd.hold_until
    moments = [max(moment, held) for moment in (*_ends(cmd), cmd.lease_until) if moment is not None]
    if cmd.not_before is not None:
        moments.append(cmd.not_before)
    return min(moments, default=None)


def sendable(commands: Iterable[Command], now: float, in_flight_limit: int = MAX_IN_FLIGHT) -> list[Command]:
    """Of one agent's commands those to send now: oldest first, as many as fit beside the outstanding."""
    waiting: list[Command] = []
    free = in_flight_limit
    for cmd in commands:
        if cmd.outstanding:
            free -= 1
        elif _may_start(cmd, now):
            waiting.append(cmd)
    waiting.sort(key=lambda cmd: (cmd.created_at, cmd.id))
    return waiting[: max(0, free)]


def restart(cmd: Command, now: float, grace: float = RESTART_GRACE_SECONDS) -> Command:
    """The command as a fresh server takes it up: outstanding ones are held for ``grace`` seconds."""
    if not cmd.outstanding:
        return cmd
    until = now + grace
    return replace(cmd, hold_until=until, lease_until=None if cmd.claimed else until)


def _may_start(cmd: Command, now: float) -> bool:
    if cmd.status is not CommandStatus.PENDING or cmd.sent:
        return False
    if cmd.not_before is not None and now < cmd.not_before:
        return False
    return cmd.expires_at is None or now < cmd.expires_at


def _end(cmd: Command, status: CommandStatus, now: float, code: str | None, message: str | None) -> Command:
    return replace(
        cmd,
        status=status,
        completed_at=now,
        error_code=code and code[:ERROR_CODE_CHARACTERS],
        error_message=message and message[:ERROR_MESSAGE_CHARACTERS],
        lease_until=None,
        not_before=None,
        hold_until=None,
    )


def _run_limit(cmd: Command) -> float | None:
    if cmd.started_at is None:
        return None
    limit = RUN_SECONDS if cmd.timeout_seconds is None else cmd.timeout_seconds
    return cmd.started_at + limit + RUN_GRACE_SECONDS


def _ends(cmd: Command) -> tuple[float | None, float | None]:
    """When it expires, and when its cancellation counts as unconfirmed."""
    if cmd.status is CommandStatus.PENDING:
        return cmd.expires_at, None
    asked = cmd.cancel_requested_at
    return _run_limit(cmd), None if asked is None else asked + CANCEL_SECONDS


def _due_once(cmd: Command, now: float) -> Command | None:
    if cmd.finished:
        return None
    if cmd.hold_until is None or now >= cmd.hold_until:
        expires, unconfirmed = _ends(cmd)
        if unconfirmed is not None and now >= unconfirmed:
            return _end(cmd, CommandStatus.CANCELLED, now, CANCEL_UNCONFIRMED, CANCEL_UNCONFIRMED_MESSAGE)
        if expires is not None and now >= expires:
            return _end(cmd, CommandStatus.EXPIRED, now, COMMAND_EXPIRED, EXPIRED_MESSAGE)
        if cmd.lease_until is not None and now >= cmd.lease_until:
            return lost(cmd, now)
    if cmd.not_before is not None and now >= cmd.not_before:
        return replace(cmd, not_before=None)
    return None


def lost(cmd: Command, now: float) -> Command | None:
    """The agent does not have it, or is silent about it: to be sent again if that is safe, else it ends."""
    if not cmd.outstanding:
        return None
    if cmd.status is CommandStatus.RUNNING:
        if cmd.cancel_requested_at is not None:
            return _end(cmd, CommandStatus.CANCELLED, now, CANCEL_UNCONFIRMED, CANCEL_UNCONFIRMED_MESSAGE)
        if not cmd.retry_safe or cmd.attempt >= MAX_ATTEMPTS:
            return _end(cmd, CommandStatus.FAILED, now, OUTCOME_UNKNOWN, OUTCOME_UNKNOWN_MESSAGE)
    return replace(
        cmd,
        status=CommandStatus.PENDING,
        sent_at=None,
        started_at=None,
        percent=None,
        progress_message=None,
        lease_until=None,
        hold_until=None,
        adopted=None,
    )
