"""Where one demo service lives, and how it is run and stopped."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opstage.demo.files import Preferences

CHILD_VARIABLE = "OPSTAGE_DEMO_CHILD"
"""Set to 1 by whoever holds the other end of a service's stdin: the service ends when that end closes."""
STOP_SECONDS = 2.7
"""A service that has not stopped by itself after this time is ended."""

_STOPPING = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another process runs this service; the message names it."""


@dataclass(frozen=True)
class Home:
    """The folder and the server of one service. The registration token is needed only once."""

    code: str
    folder: Path
    url: str
    registration_token: str | None = field(default=None, repr=False)

    @property
    def token_file(self) -> Path:
        """Where the agent keeps its own token."""
        return self.folder / "agent-token.json"

    @property
    def preferences(self) -> Preferences:
        """What operators set."""
        return Preferences(self.folder / "preferences.json")

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keeps a second process of the same service out; raises AlreadyRunning.

        The claim ends with the process, also when that is killed.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "service.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                raise AlreadyRunning(f"{self.code} already runs as process {lock.read().strip()}") from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield


def run_async(serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs ``serve`` until SIGTERM or SIGINT, which cancel it once; returns when it has cleaned up."""
    asyncio.run(_until_stopped(serve()))


def run_sync(serve: Callable[[], None], stop: Callable[[], None]) -> None:
    """Runs ``serve`` in this thread; SIGTERM or SIGINT call ``stop`` in another, which must end it."""
    # A handler could interrupt this thread while it holds the very lock that stop() needs; a thread
    # that waits for the signals cannot. Threads started from here on inherit the mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    threading.Thread(target=_stop_on_signal, args=(stop,), name="stop-watch", daemon=True).start()
    serve()


def _stop_on_signal(stop: Callable[[], None]) -> None:
    signal.sigwait(_STOPPING)
    _end_in_time()
    stop()


def end_with_starter() -> None:
    """Ends this process like SIGTERM when stdin closes, if the starter said that it holds stdin open."""
    if os.environ.get(CHILD_VARIABLE) == "1":
        threading.Thread(target=_await_end_of_input, name="starter-watch", daemon=True).start()


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    loop, task, asked = asyncio.get_running_loop(), asyncio.ensure_future(work), False

    def stop() -> None:
        # Once: a second cancel would interrupt the cleaning up.
        nonlocal asked
        if not asked:
            asked = True
            _end_in_time()
            task.cancel()

    for each in _STOPPING:
        loop.add_signal_handler(each, stop)
    with suppress(asyncio.CancelledError):
        await task


def _end_in_time() -> None:
    deadline = threading.Timer(STOP_SECONDS, _give_up)
    deadline.daemon = True
    deadline.start()


def _give_up() -> None:
    _log.error("not stopped after %.1f s; ending the process", STOP_SECONDS)
    os._exit(1)


def _await_end_of_input() -> None:
    # The signal below is for the thread that waits for it, never for this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    while os.read(sys.stdin.fileno(), 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
