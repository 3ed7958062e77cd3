"""Plain functions of the service, run beside the loop."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any


async def call(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call ``function`` and wait for its answer: coroutines in the loop, plain functions in a thread.

    The thread is a daemon of its own rather than one of a pool: a function that never returns must
    neither take the place of others nor keep the process from ending.
    """
    if is_async(function):
        return await function(*args, **kwargs)
    answer = await _in_thread(partial(function, *args, **kwargs))
    return await answer if inspect.isawaitable(answer) else answer


def is_async(function: Callable[..., Any]) -> bool:
    """True when ``call`` runs it in the loop, where it can be cancelled."""
    return inspect.iscoroutinefunction(inspect.unwrap(_underlying(function)))


def _underlying(function: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(function, partial):
        function = function.func
    if not inspect.isfunction(function) and not inspect.ismethod(function):
        function = type(function).__call__
    return function


async def _in_thread(function: Callable[[], Any]) -> Any:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(answer: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answer)
        else:
            future.set_exception(error)

    def work() -> None:
        answer: Any = None
        error: BaseException | None = None
        try:
            answer = context.run(function)
        except StopIteration as stop:
            error = RuntimeError(f"the function raised {stop!r}")
        except SystemExit as stop:
            error = RuntimeError(f"the function called sys.exit({stop.code!r})")
        except BaseException as raised:
            error = raised
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, answer, error)

    threading.Thread(target=work, name="opstage-handler", daemon=True).start()
    return await future
