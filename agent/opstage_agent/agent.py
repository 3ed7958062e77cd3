"""The public face: declare what a service is and does, then run the agent beside it."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, Unpack, overload

from opstage_agent import wire
from opstage_agent.context import Context
from opstage_agent.errors import ConfigurationError, OpstageError
from opstage_agent.masking import TokenFilter
from opstage_agent.membership import Membership
from opstage_agent.options import options, setting
from opstage_agent.publishing import ANSWER_SECONDS, Published, PublishOptions, answered, event_of
from opstage_agent.registry import Action, ConfigProvider, HealthProvider, Service, declare_action
from opstage_agent.survey import Survey
from opstage_agent.wire import DangerLevel, HealthStatus

P = ParamSpec("P")
R = TypeVar("R")

_log = logging.getLogger("opstage_agent")
_log.addFilter(TokenFilter())


class Agent:
    """Makes one service visible and operable.

    Declare behaviour with the decorators ``health``, ``config`` and ``action``; then either

    - ``await agent.run()``, ``async with agent:`` or ``start_async`` / ``stop_async`` in a program
      with an event loop, or
    - ``agent.start()`` / ``agent.stop()`` in one without (the agent has a thread of its own), or
    - ``agent.run_forever()`` when the program has nothing else to do.

    Promise: whatever happens to the server, the network or the disk, the service goes on. An agent
    that cannot go on logs why and is inactive; ``error`` holds the reason. With ``strict=True``
    starting raises instead when the identity cannot be had.

    Plain (not ``async``) providers and handlers are called in threads of their own.
    """

    def __init__(
        self,
        code: str,
        *,
        name: str | None = None,
        version: str | None = None,
        description: str | None = None,
        runtime: str = "python",
        url: str | None = None,
        registration_token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        labels: Mapping[str, str] | None = None,
        manifest: Mapping[str, Any] | None = None,
        mode: str = "embedded",
        slots: int = 4,
        stop_grace: float = 3.0,
        strict: bool = False,
        builtin_actions: bool = False,
    ) -> None:
        if slots < 1:
            raise ConfigurationError(f"slots is at least 1, not {slots}.")
        self._options = options(
            url=url,
            registration_token=registration_token,
            token_file=token_file,
            labels=dict(labels or {}),
            slots=slots,
            stop_grace=stop_grace,
            strict=strict,
        )
        self._service = Service(
            code,
            name=name,
            version=version,
            description=description,
            runtime=runtime,
            mode=mode,
            manifest={**({"labels": dict(labels)} if labels else {}), **(manifest or {})},
        )
        self._membership: Membership | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: _AgentThread | None = None
        self._last_error: OpstageError | None = None
        if builtin_actions:
            self._declare_builtins()

    @classmethod
    def from_env(cls, **given: Any) -> Agent:
        """As the constructor, with ``code`` and ``name`` from OPSTAGE_AGENT_CODE and OPSTAGE_AGENT_NAME."""
        code = setting(given.pop("code", None), "OPSTAGE_AGENT_CODE")
        if code is None:
            raise ConfigurationError("Give a code or set OPSTAGE_AGENT_CODE.")
        return cls(code, name=setting(given.pop("name", None), "OPSTAGE_AGENT_NAME"), **given)

    # --- declaring -------------------------------------------------------------------------------

    def health(self, provider: HealthProvider) -> HealthProvider:
        """Decorator: the function that says how the service is (``Health``, a status, or a mapping)."""
        self._service.health_provider = provider
        return provider

    def config(self, provider: ConfigProvider) -> ConfigProvider:
        """Decorator: the function that lists the settings as ``ConfigItem``."""
        self._service.config_provider = provider
        return provider

    @overload
    def action(self, handler: Callable[P, R], /) -> Action[P, R]: ...

    @overload
    def action(
        self,
        *,
        name: str | None = None,
        label: str | None = None,
        description: str | None = None,
        danger: DangerLevel | str = DangerLevel.LOW,
        confirm: bool = False,
        category: str | None = None,
        order: int | None = None,
        timeout: int | None = None,
        retry_safe: bool = False,
        enabled: bool = True,
    ) -> Callable[[Callable[P, R]], Action[P, R]]: ...

    def action(self, *handler: Callable[..., Any], **given: Any) -> Any:
        """Decorator: an operation people may run.

        ``name`` defaults to the function's name in camelCase, ``label`` to its words, ``description``
        to its docstring; the form comes from the signature. ``danger``: LOW, MEDIUM or HIGH.
        ``confirm``: ask again before it runs. ``timeout``: seconds from its start. ``retry_safe``:
        running it twice does no harm, so the server may send it again after a crash.
        """
        if handler:
            return self._add(declare_action(*handler, **given))
        return lambda function: self._add(declare_action(function, **given))

    def _add(self, action: Action[P, R]) -> Action[P, R]:
        self._service.add(action)
        return action

    def _declare_builtins(self) -> None:
        @self.action(
            description="Answers with the payload it was given.", category="diagnostics", retry_safe=True
        )
        async def echo(ctx: Context, message: str = "") -> dict[str, Any]:
            return {"payload": ctx.payload}

        @self.action(description="Asks the health provider now.", category="diagnostics", retry_safe=True)
        async def run_health_check() -> dict[str, Any]:
            self.changed()
            health = await self.run_health()
            return {"status": health.status, "message": health.message, "details": health.details}

    # --- state -----------------------------------------------------------------------------------

    @property
    def code(self) -> str:
        """The code of the service."""
        return self._service.code

    @property
    def connected(self) -> bool:
        """True while the server has welcomed the agent."""
        return self._membership is not None and self._membership.connected

    @property
    def error(self) -> OpstageError | None:
        """Why the agent is inactive, or None."""
        return self._membership.error if self._membership is not None else self._last_error

    def changed(self) -> None:
        """Health or settings changed: report soon rather than with the next heartbeat. Any thread."""
        membership, loop = self._membership, self._loop
        if membership is not None and loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(membership.look_again)

    async def publish(
        self, event_type: str, payload: Mapping[str, Any] | None = None, **more: Unpack[PublishOptions]
    ) -> Published:
        """Announce something on the server's bus; what its routes made of it. From any event loop.

        The options are those of ``PublishOptions``. The event survives a reconnect and is taken once,
        as long as the process lives; with an ``event_ref`` of your own even if you publish it again.
        Inside an action that the bus runs, the event that made it run is the cause unless you name
        another.

        Raises BusDisabled when the bus is off, EventRefused when the server does not take the event,
        ServerUnreachable when there is no answer within ``timeout`` seconds (30) or too many wait.
        """
        return await asyncio.wrap_future(self._publish(event_type, payload, more))

    def publish_sync(
        self, event_type: str, payload: Mapping[str, Any] | None = None, **more: Unpack[PublishOptions]
    ) -> Published:
        """As ``publish``, for plain functions and threads; not in the agent's own event loop."""
        if self._loop is not None and self._loop is asyncio._get_running_loop():
            raise OpstageError("In the agent's own event loop publishing is awaited: await agent.publish(…).")
        return self._publish(event_type, payload, more).result()

    def _publish(
        self, event_type: str, payload: Mapping[str, Any] | None, more: PublishOptions
    ) -> Future[Published]:
        event = event_of(event_type, payload, self.code, more)
        membership, loop = self._membership, self._loop
        if membership is None or loop is None:
            raise OpstageError("The agent does not run.")
        answer = answered(membership.publish(event), more.get("timeout", ANSWER_SECONDS))
        return asyncio.run_coroutine_threadsafe(answer, loop)

    async def run_health(self) -> wire.HealthInput:
        """What the health provider says now; UNKNOWN when it fails or there is none."""
        health = await Survey([self._service]).health(self._service)
        return health or wire.HealthInput(status=HealthStatus.UNKNOWN, message="There is no health provider.")

    # --- with an event loop ----------------------------------------------------------------------

    async def start_async(self) -> None:
        """Start in the running loop and return at once; connecting goes on in the background."""
        if self._membership is not None:
            raise OpstageError("The agent is running already.")
        self._loop = asyncio.get_running_loop()
        self._last_error = None
        self._membership = Membership({self._service.code: self._service}, self._service, self._options)
        try:
            await self._membership.begin()
        except BaseException:
            await self.stop_async()
            raise

    async def stop_async(self) -> None:
        """Let running handlers finish within ``stop_grace``, say bye, and leave. Never takes for ever."""
        membership = self._membership
        if membership is not None:
            await membership.end()
            self._last_error = membership.error
            self._membership = self._loop = None

    async def __aenter__(self) -> Agent:
        await self.start_async()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop_async()

    @asynccontextmanager
    async def lifespan(self, _application: object = None) -> AsyncIterator[None]:
        """For web frameworks that take one: ``FastAPI(lifespan=agent.lifespan)``."""
        async with self:
            yield

    async def run(self) -> None:
        """Run until cancelled or SIGTERM, then stop. An agent that became inactive waits all the same."""
        told = asyncio.Event()
        with _OnSignal(signal.SIGTERM, told.set):
            async with self:
                await told.wait()

    # --- without ---------------------------------------------------------------------------------

    def run_forever(self) -> None:
        """``run`` for programs without an event loop; Ctrl-C ends it too."""
        with suppress(KeyboardInterrupt):
            asyncio.run(self.run())

    def start(self) -> None:
        """Start in a thread of its own and return. Strict: what prevents the start is raised here."""
        if self._thread is not None:
            raise OpstageError("The agent is running already.")
        self._thread = _AgentThread(self)
        atexit.register(self.stop)
        try:
            self._thread.begin()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what ``start`` started; returns when it is done. Harmless when nothing runs."""
        thread, self._thread = self._thread, None
        if thread is not None:
            atexit.unregister(self.stop)
            thread.end(self._options.stop_grace + 5.0)


CapsuleAgent = Agent


class _AgentThread:
    """The event loop of an agent in a program that has none."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told: asyncio.Event | None = None
        self._begun = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="opstage-agent", daemon=True)

    def begin(self) -> None:
        self._thread.start()
        self._begun.wait()
        if self._error is not None:
            raise self._error

    def end(self, seconds: float) -> None:
        if self._loop is not None and self._told is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            self._error = error
            if self._begun.is_set():
                _log.exception("The agent's thread ended by an error.")
        finally:
            self._begun.set()

    async def _main(self) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        async with self._agent:
            self._begun.set()
            await self._told.wait()


class _OnSignal:
    """While inside, the signal calls ``then``, unless the program handles it already."""

    def __init__(self, number: signal.Signals, then: Callable[[], object]) -> None:
        self._number = number
        self._then = then
        self._ours = False

    def __enter__(self) -> None:
        if signal.getsignal(self._number) is signal.SIG_DFL:
            with suppress(NotImplementedError, RuntimeError, ValueError):
                asyncio.get_running_loop().add_signal_handler(self._number, self._then)
                self._ours = True

    def __exit__(self, *details: object) -> None:
        if self._ours:
            asyncio.get_running_loop().remove_signal_handler(self._number)
