"""Runs commands: arguments, time limit, cancel, output, and what the answer means."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opstage_agent.capture import captured
from opstage_agent.context import Context, running
from opstage_agent.desk import Outcome
from opstage_agent.errors import ActionCancelled, ActionError
from opstage_agent.mailbox import Mailbox, Said
from opstage_agent.output import cut_line
from opstage_agent.registry import Action, Service
from opstage_agent.threads import call, is_async
from opstage_agent.times import Clock, iso
from opstage_agent.values import json_object
from opstage_agent.wire import Command, CommandKind, Failure

DEFAULT_TIMEOUT_SECONDS = 3600.0
"""For actions that set none; the server gives up at the same time."""
PREPARE_SECONDS = 30.0
"""The operator's form does not wait longer."""
UNWIND_SECONDS = 10.0
"""How long a handler may take to end once it is out of time. After that it is left behind."""
LEFT_BEHIND_LIMIT = 16
"""With so many handlers that do not end, no new one is started."""
MESSAGE_BYTES = 2000

_log = logging.getLogger("opstage_agent")


@dataclass(slots=True)
class _Work:
    """A command in execution."""

    command: Command
    context: Context
    mailbox: Mailbox
    started_at: float
    handler: asyncio.Task[Outcome] | None = None
    watcher: asyncio.Task[None] | None = None
    cancellable: bool = False
    ended_by: Failure | None = None


class Runner:
    """Executes commands of the given services in the running loop.

    ``finished`` is called exactly once for each ``start``; ``said`` carries output and progress.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        *,
        clock: Clock,
        finished: Callable[[str, Outcome], None],
        said: Callable[[Said], None],
        agent_id: Callable[[], str],
    ) -> None:
        self._services = services
        self._clock = clock
        self._finished = finished
        self._said = said
        self._agent_id = agent_id
        self._works: dict[str, _Work] = {}
        self._left_behind: set[asyncio.Task[Outcome]] = set()

    def start(self, command: Command) -> None:
        """Begin; the end is told through ``finished``."""
        mailbox = Mailbox(command.command_id, asyncio.get_running_loop(), self._said, self._clock)
        context = Context(command, self._agent_id(), mailbox.say, mailbox.say_progress)
        work = _Work(command, context, mailbox, self._clock())
        self._works[command.command_id] = work
        work.watcher = asyncio.create_task(self._watch(work), name=f"opstage-{command.command_id}")

    def stop(self, command_id: str, reason: str) -> None:
        """Ask a run to end as cancelled. A handler that ends well all the same has its way."""
        work = self._works.get(command_id)
        if work is not None:
            _end(work, Failure(code="CANCELLED", message=reason))

    async def drain(self, grace: float) -> None:
        """Let what runs finish for ``grace`` seconds, then cancel it and wait a moment more."""
        if await self._settled(grace):
            return
        for work in list(self._works.values()):
            _end(work, Failure(code="AGENT_STOPPED", message="The agent was stopped while this ran."))
        if not await self._settled(2.0):
            _log.warning("%d handlers did not end; their outcome stays unknown.", len(self._works))
        for work in list(self._works.values()):
            if work.watcher is not None:
                work.watcher.cancel()

    async def _settled(self, seconds: float) -> bool:
        watchers = [w.watcher for w in self._works.values() if w.watcher is not None]
        if not watchers:
            return True
        _, pending = await asyncio.wait(watchers, timeout=seconds)
        return not pending

    async def _watch(self, work: _Work) -> None:
        try:
            outcome = await self._outcome(work)
        except Exception as error:
            _log.exception("Running %s failed by an error of the agent's own.", work.command.action_name)
            outcome = _failed("ACTION_FAILED", f"The agent failed: {type(error).__name__}")
        work.mailbox.deliver()
        del self._works[work.command.command_id]
        self._finished(work.command.command_id, _stamped(outcome, work.started_at, self._clock()))

    async def _outcome(self, work: _Work) -> Outcome:
        command = work.command
        service = self._services.get(command.service_code)
        action = service.actions.get(command.action_name) if service is not None else None
        if action is None:
            what = f"{command.service_code}/{command.action_name}"
            return _failed("ACTION_HANDLER_NOT_FOUND", f"This agent has no action {what}.")
        if len(self._left_behind) >= LEFT_BEHIND_LIMIT:
            return _failed("ACTION_FAILED", "Too many earlier runs of this agent did not end.")
        if work.ended_by is not None:
            return Outcome(False, error=work.ended_by)
        work.cancellable = is_async(_function(action, command.kind))
        work.handler = asyncio.create_task(_perform(action, work))
        return await self._within_time(work, work.handler)

    async def _within_time(self, work: _Work, handler: asyncio.Task[Outcome]) -> Outcome:
        prepare = work.command.kind is CommandKind.ACTION_PREPARE
        limit = work.command.timeout_seconds or (PREPARE_SECONDS if prepare else DEFAULT_TIMEOUT_SECONDS)
        done, _ = await asyncio.wait({handler}, timeout=limit)
        if not done:
            _end(work, Failure(code="ACTION_FAILED", message=f"The action took longer than {limit:g} s."))
            done, _ = await asyncio.wait({handler}, timeout=UNWIND_SECONDS)
        if handler.cancelled():
            # Cancelled before its first step.
            return Outcome(False, error=work.ended_by)
        if done:
            return handler.result()
        self._left_behind.add(handler)
        handler.add_done_callback(self._left_behind.discard)
        _log.warning("A handler of %s does not end; it is left behind.", work.command.action_name)
        return Outcome(False, error=work.ended_by)


def _end(work: _Work, failure: Failure) -> None:
    """Ask the handler to end; the first reason stays."""
    if work.ended_by is not None:
        return
    work.ended_by = failure
    work.context.cancel(failure.message)
    # A plain function cannot be cancelled, only asked: it is over when its thread says so.
    if work.handler is not None and work.cancellable:
        work.handler.cancel()


async def _perform(action: Action[..., Any], work: _Work) -> Outcome:
    """Call the handler; whatever it does becomes an outcome."""
    running.set(work.context)
    try:
        with captured(work.mailbox.say):
            return await _answer(action, work)
    except (asyncio.CancelledError, ActionCancelled) as error:
        if work.ended_by is None and isinstance(error, asyncio.CancelledError):
            return _failed("ACTION_FAILED", "The handler was cancelled from within the service.")
        return Outcome(False, error=work.ended_by or Failure(code="CANCELLED", message=str(error)))
    except ActionError as error:
        return _failed(error.code, str(error), error.details)
    except (Exception, SystemExit) as error:
        _log.warning("Action %s failed: %s", action.declared.name, type(error).__name__)
        return _failed("ACTION_FAILED", f"{type(error).__name__}: {error}")


async def _answer(action: Action[..., Any], work: _Work) -> Outcome:
    context = work.context
    if work.command.kind is CommandKind.ACTION_PREPARE:
        handler = action.prepare_handler
        prepared = None if handler is None else await call(handler, *_wanted(handler, context))
        return Outcome(True, data=json_object(action.form(prepared)))
    arguments = action.signature.arguments(work.command.payload)
    positional = [context] if action.signature.context_parameter is not None else []
    return interpret(await call(action.handler, *positional, **arguments))


def _function(action: Action[..., Any], kind: CommandKind) -> Callable[..., Any]:
    if kind is CommandKind.ACTION_PREPARE and action.prepare_handler is not None:
        return action.prepare_handler
    return action.handler


def _wanted(handler: Callable[..., Any], context: Context) -> list[Context]:
    """A prepare handler may do without the context."""
    return [context] if inspect.signature(handler).parameters else []


def interpret(answer: object) -> Outcome:
    """What a handler's return value means.

    A mapping with ``success`` is a whole result ``{success, message?, data?, error?}``. A text is the
    message. Anything else is the data; lists and single values are wrapped as ``{"value": …}``.
    """
    if isinstance(answer, str):
        return Outcome(True, message=cut_line(answer, MESSAGE_BYTES))
    if not isinstance(answer, Mapping) or "success" not in answer:
        return Outcome(True, data=json_object(answer))
    success = bool(answer["success"])
    message = answer.get("message")
    return Outcome(
        success,
        message=None if message is None else cut_line(str(message), MESSAGE_BYTES),
        data=json_object(answer.get("data")),
        error=None if success else _failure(answer.get("error"), message),
    )


def _failure(error: object, message: object) -> Failure:
    given = error if isinstance(error, Mapping) else {"message": error}
    text = given.get("message") or message or "The action said it failed."
    details = given.get("details")
    return Failure(
        code=str(given.get("code") or "ACTION_FAILED")[:80],
        message=cut_line(str(text), MESSAGE_BYTES),
        details=None if details is None else json_object(details),
    )


def _failed(code: str, message: str, details: Mapping[str, Any] | None = None) -> Outcome:
    given = None if details is None else json_object(details)
    return Outcome(
        False, error=Failure(code=code[:80], message=cut_line(message, MESSAGE_BYTES), details=given)
    )


def _stamped(outcome: Outcome, started: float, ended: float) -> Outcome:
    return Outcome(outcome.success, outcome.message, outcome.data, outcome.error, iso(started), iso(ended))
