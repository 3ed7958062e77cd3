"""The documentation indexer: a synchronous program that runs its agent in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from opstage.demo.doc_index import Busy, DocIndex, Hit
from opstage.demo.embedded import agent_of
from opstage.demo.files import iso
from opstage.demo.home import Home, run_sync
from opstage_agent import ActionError, ConfigItem, Context, Health, Prepared

REFRESH_SECONDS = 60.0
PAUSE_MILLISECONDS = 20
"""Default pause after each file, so that indexing leaves the machine to others."""


TOLD_FILES = 100
"""After so many files the health is told again."""


class _Stopped(Exception):
    """A refresh is to end in the middle."""


def run(home: Home) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    indexer = DocIndexer(home)
    run_sync(indexer.serve, indexer.stop)


class DocIndexer:
    """The main loop keeps the index fresh; handlers run beside it, each in a thread of its own.

    A paused indexer with files to read is DEGRADED; an empty index is DOWN.
    """

    def __init__(self, home: Home) -> None:
        self._index = DocIndex(home.folder / "index.db")
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._rebuilding = threading.Lock()
        self._paused = False
        self._stale = len(self._index.stale())
        self._refreshed_at: float | None = None
        self.agent = agent_of(
            home,
            "Documentation indexer",
            "Keeps a full-text index of the Python library's documentation; a program without asyncio.",
            {"capabilities": ["search.fulltext"], "metadata": {"flavour": "threads"}},
        )
        self._declare()

    def serve(self) -> None:
        """Refreshes the index now, once a minute and when a handler asks for it, until ``stop``."""
        self.agent.start()
        try:
            while not self._stopping.is_set():
                self._tend()
                self._wake.wait(REFRESH_SECONDS)
                self._wake.clear()
        finally:
            self.agent.stop()

    def stop(self) -> None:
        """Ends ``serve`` soon; may be called from any thread."""
        self._stopping.set()
        self._wake.set()

    def _tend(self) -> None:
        """One look at the library; reads what changed unless a handler wants it otherwise."""
        # Busy means that a handler writes: then there is nothing to do here.
        with suppress(_Stopped, Busy):
            if not self._paused and not self._rebuilding.locked():
                self._index.refresh(self._read_one)
                self._refreshed_at = time.time()
        if not self._rebuilding.locked():
            self._stale = len(self._index.stale())
        self.agent.changed()

    def _read_one(self, done: int, total: int, path: Path) -> None:
        self._stale = total - done
        if done % TOLD_FILES == 0:
            self.agent.changed()
        stopped = self._stopping.wait(PAUSE_MILLISECONDS / 1000)
        if stopped or self._paused or self._rebuilding.locked():
            raise _Stopped

    def _declare(self) -> None:
        agent = self.agent
        agent.health(self.health)
        agent.config(self.config)
        agent.action(category="diagnostics", order=1, retry_safe=True)(self.search)
        agent.action(category="item-management", order=1, danger="MEDIUM", retry_safe=True)(self.pause)
        agent.action(category="item-management", order=2, retry_safe=True)(self.resume)
        agent.action(category="advanced", order=1, danger="MEDIUM", confirm=True, timeout=900)(
            self.rebuild_index
        )
        agent.action(category="advanced", order=2, danger="MEDIUM")(self.forget_packages).prepare(
            self.offer_packages
        )
        agent.action(category="advanced", order=3, retry_safe=True, timeout=120)(self.optimize)
        agent.action(category="advanced", order=4)(self.fail_on_purpose)

    def health(self) -> Health:
        """DOWN without an index, DEGRADED while it is behind the library."""
        figures = self._index.figures()
        details = {
            "state": "paused" if self._paused else "indexing" if self._stale else "idle",
            "files": figures.files,
            "entries": figures.entries,
            "bytes": figures.bytes,
            "stale": self._stale,
            "refreshedAt": iso(self._refreshed_at),
        }
        if not figures.files:
            return Health.down("nothing is indexed", details)
        if self._stale:
            return Health.degraded(
                f"not indexed yet: {self._stale} of {self._stale + figures.files} files", details
            )
        return Health.up(f"{figures.entries} entries of {figures.files} files", details)

    def config(self) -> list[ConfigItem]:
        """What the indexer runs with."""
        return [
            ConfigItem("refresh.seconds", REFRESH_SECONDS, label="Time between looks"),
            ConfigItem("refresh.pauseMilliseconds", PAUSE_MILLISECONDS, label="Pause after a file"),
            ConfigItem("tokenizer", "porter unicode61", label="Tokenizer", type="select"),
            ConfigItem(
                "index.apiKey",
                label="Key for remote searches",
                sensitive=True,
                secret_ref="vault://demo/doc-indexer/api-key",  # noqa: S106 - a reference, no secret
            ),
        ]

    def search(
        self,
        ctx: Context,
        words: Annotated[str, Meta(min_length=1, max_length=200, description="All must occur")],
        limit: Annotated[int, Meta(ge=1, le=100)] = 20,
    ) -> dict[str, Any]:
        """Finds functions and classes by the words of their documentation."""
        began = time.perf_counter()
        hits = self._index.search(words, limit)
        spent = (time.perf_counter() - began) * 1000
        return {"hits": len(hits), "milliseconds": round(spent, 2), "list": _table(hits)}

    def pause(self, ctx: Context) -> dict[str, Any]:
        """Reads nothing more, not even in the middle of a refresh."""
        self._paused = True
        self._look_again()
        return {"state": "paused"}

    def resume(self, ctx: Context) -> dict[str, Any]:
        """Reads again what changed."""
        self._paused = False
        self._look_again()
        return {"state": "resumed"}

    def rebuild_index(
        self,
        ctx: Context,
        pause_milliseconds: Annotated[int, Meta(ge=0, le=500, description="After each file")] = 20,
    ) -> dict[str, Any]:
        """Forgets the index and makes it anew: takes a while; cancelling leaves it half made.

        What is missing then is read by the next look, within a minute.
        """

        def tell(done: int, total: int, path: Path) -> None:
            ctx.progress(100 * done / total, f"{done} of {total} files")
            self._stale = total - done
            print(path)
            ctx.sleep(pause_milliseconds / 1000)

        if not self._rebuilding.acquire(blocking=False):
            raise ActionError("the index is being rebuilt already", code="BUSY")
        try:
            with _or_busy():
                print(f"forgot {self._index.forget()} files")
                self._stale = len(self._index.stale())
                self.agent.changed()
                files = self._index.refresh(tell)
        finally:
            self._rebuilding.release()
            self._look_again()
        return {"files": files, "entries": self._index.figures().entries}

    def forget_packages(
        self,
        ctx: Context,
        packages: Annotated[list[str], Meta(min_length=1, max_length=20, description="Names of packages")],
        then: Annotated[Literal["leave", "refresh"], Meta(title="Afterwards")] = "leave",
    ) -> dict[str, Any]:
        """Takes packages out of the index, so that it is behind the library until the next look."""
        unknown = sorted(set(packages) - set(self._index.packages()))
        if unknown:
            raise ActionError(f"the library has no package {', '.join(unknown)}", code="NO_SUCH_PACKAGE")
        with _or_busy():
            forgotten = sum(self._index.forget(package) for package in packages)
        self._stale = len(self._index.stale())
        self.agent.changed()
        if then == "refresh":
            self._look_again()
        return {"forgotten": forgotten}

    def offer_packages(self, ctx: Context) -> Prepared:
        """Offers the packages of the library."""
        names = self._index.packages()
        items = {"type": "string", "enum": names}
        packages = {"type": "array", "title": "Packages", "items": items, "uniqueItems": True, "minItems": 1}
        then = {"type": "string", "title": "Afterwards", "enum": ["leave", "refresh"], "default": "leave"}
        schema = {
            "type": "object",
            "properties": {"packages": packages, "then": then},
            "required": ["packages"],
        }
        return Prepared(initial={"packages": names[:1], "then": "leave"}, overlay={"inputSchema": schema})

    def optimize(self, ctx: Context) -> dict[str, Any]:
        """Merges the parts of the index into one; searches get faster, the file may shrink."""
        before = self._index.figures().bytes
        with _or_busy():
            return {"bytesBefore": before, "bytesAfter": self._index.optimize()}

    def fail_on_purpose(
        self, ctx: Context, reason: Annotated[str, Meta(min_length=1, max_length=500)] = "asked for"
    ) -> dict[str, Any]:
        """Raises an exception in the handler, as a mistake in it would."""
        raise RuntimeError(reason)

    def _look_again(self) -> None:
        self._wake.set()
        self.agent.changed()


@contextmanager
def _or_busy() -> Iterator[None]:
    """Tells an operator that another thread has the index, instead of raising through the handler."""
    try:
        yield
    except Busy as problem:
        raise ActionError(f"{problem}; try again in a moment", code="BUSY") from None


def _table(hits: list[Hit]) -> dict[str, Any]:
    return {
        "title": "Found",
        "emptyText": "Nothing has all of these words.",
        "columns": [
            {"key": "name", "label": "Name", "format": "code", "copyable": True},
            {"key": "snippet", "label": "Text"},
            {"key": "score", "label": "Score"},
        ],
        "data": [
            {"id": x.name, "name": x.name, "snippet": x.snippet, "score": round(x.score, 2)} for x in hits
        ],
        "rowActions": [{"label": "More like this", "action": "search", "payload": {"words": "$row.snippet"}}],
    }
