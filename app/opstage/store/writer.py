"""Group commit: many works, one transaction, one wait for the disk.

Works queue up while the disk is busy with the batch before them. A caller resumes only after its
batch is committed, so what it goes on to say is durable.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from opstage.core.histogram import FAST, Histogram
from opstage.store import audit
from opstage.store.chain import Head
from opstage.store.errors import StoreUnavailable
from opstage.store.records import AuditRecord
from opstage.store.tx import Tx

T = TypeVar("T")
Work = Callable[[Tx], Awaitable[T]]

BATCH = 64
"""Works in one transaction: enough to share a sync, few enough to keep the first one's wait short."""
WAITING = 10_000
"""Works that may wait; beyond it a caller is refused at once instead of filling the memory."""

_log = logging.getLogger(__name__)


class _Job(Generic[T]):
    """A work and who waits for it."""

    def __init__(self, work: Work[T]) -> None:
        self.work = work
        self.done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.result: T
        self.error: Exception | None = None
        self.audits: list[AuditRecord] = []

    def settle(self) -> None:
        """Tells the caller, unless it no longer waits."""
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


class Writer:
    """The only one that changes the database.

    ``on_commit`` hears what audit events each batch stored, before its callers resume. ``head`` is where
    the audit trail ends; in memory it moves only with a commit.
    """

    def __init__(
        self, client: BaseDBAsyncClient, on_commit: Callable[[list[AuditRecord]], None], head: Head
    ) -> None:
        self._client = client
        self._on_commit = on_commit
        self._head = head
        self._queue: deque[_Job[Any]] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self.commits = 0
        """Transactions committed so far."""
        self.seconds = Histogram(FAST)
        """How long they took, from the first of their works to the disk."""

    @property
    def waiting(self) -> int:
        """Works that wait for their transaction."""
        return len(self._queue)

    def start(self) -> None:
        """Begins to take works."""
        self._task = asyncio.create_task(self._serve(), name="store-writer")

    async def close(self) -> None:
        """Refuses new works, finishes those that wait."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def abandon(self) -> None:
        """Ends at once; works that still wait are refused."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for job in self._queue:
            if not job.done.done():
                job.done.set_exception(StoreUnavailable("The database is closed."))
        self._queue.clear()

    async def run(self, work: Work[T]) -> T:
        """Runs the work in a transaction shared with others and returns its result once durable.

        An exception of the work undoes only this work and is raised here. StoreUnavailable:
        nothing of it was stored. A caller that is cancelled while its work waits takes it back;
        once it runs, it is finished.
        """
        if self._closing or self._task is None:
            raise StoreUnavailable("The database is closed.")
        if len(self._queue) >= WAITING:
            raise StoreUnavailable(f"The database is too slow: {WAITING} changes wait.", retry_after=1)
        job = _Job(work)
        self._queue.append(job)
        self._wake.set()
        return await job.done

    async def _serve(self) -> None:
        while self._queue or not self._closing:
            await self._wake.wait()
            batch = self._take()
            if batch:
                await self._transact(batch)
            elif not self._closing:
                self._wake.clear()

    def _take(self) -> list[_Job[Any]]:
        batch: list[_Job[Any]] = []
        while self._queue and len(batch) < BATCH:
            job = self._queue.popleft()
            if not job.done.cancelled():
                batch.append(job)
        return batch

    async def _transact(self, batch: list[_Job[Any]]) -> None:
        try:
            await self._commit(batch)
        except Exception as error:
            await self._abandon()
            for job in batch:
                job.error = _as_unavailable(error)
        for job in batch:
            job.settle()

    async def _commit(self, batch: list[_Job[Any]]) -> None:
        began = time.perf_counter()
        control = Tx(self._client)
        await control.execute("BEGIN IMMEDIATE")
        if len(batch) == 1:
            await self._perform(batch[0])
        else:
            for job in batch:
                await self._perform_apart(job, control)
        recorded = [entry for job in batch for entry in job.audits]
        audits, head = await audit.insert(control, recorded, self._head)
        if len(batch) == 1 and batch[0].error is not None:
            await control.execute("ROLLBACK")
            return
        await control.execute("COMMIT")
        self._head = head
        self.commits += 1
        self.seconds.observe(time.perf_counter() - began)
        self._announce(audits)

    async def _perform_apart(self, job: _Job[Any], control: Tx) -> None:
        # Never released: a name means its innermost savepoint, and the commit ends them all. Each
        # statement costs a trip to the connection's thread, which is most of what a write costs.
        await control.execute("SAVEPOINT work")
        await self._perform(job)
        if job.error is not None:
            await control.execute("ROLLBACK TO work")

    async def _perform(self, job: _Job[Any]) -> None:
        tx = Tx(self._client)
        try:
            job.result = await job.work(tx)
            job.audits = tx.audits
        except Exception as error:
            job.error = error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            job.error = RuntimeError("the work awaited something that was cancelled")
        if tx.failure is not None:
            # Even if the work swallowed it: the transaction may be gone.
            raise tx.failure

    def _announce(self, audits: list[AuditRecord]) -> None:
        if not audits:
            return
        try:
            self._on_commit(audits)
        except Exception:
            # The batch is durable; a listener's defect must not look like a failed write.
            _log.exception("a listener to audit events failed")

    async def _abandon(self) -> None:
        try:
            await Tx(self._client).execute("ROLLBACK")
        except Exception as error:
            # SQLite has often rolled back by itself after a full disk.
            _log.debug("nothing to roll back: %s", error)


def _as_unavailable(error: Exception) -> StoreUnavailable:
    if isinstance(error, StoreUnavailable):
        # A copy each: an exception raised in several tasks would mix their tracebacks.
        return StoreUnavailable(error.message, retry_after=error.retry_after)
    unexpected = StoreUnavailable(f"The database did not take the change: {error}.")
    unexpected.__cause__ = error
    return unexpected
