"""The file worker: takes files from a spool, checksums and compresses them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from msgspec import Meta

from opstage.demo.crew import Crew
from opstage.demo.crew_actions import CrewActions
from opstage.demo.embedded import agent_of
from opstage.demo.files import iso
from opstage.demo.home import Home, run_async
from opstage.demo.spool import Job, Packed, Workshop
from opstage_agent import ActionError, ConfigItem, Context, Health, Prepared

FEED_SECONDS = 30.0
FEED_FILES = 6
BACKLOG_FILES = 200
"""No more files are put in by itself while this many wait."""
BREATHER_SECONDS = 0.2
"""After each file, so that the disk belongs to others too."""
SHOWN = 50

Codec = Literal["gzip", "bzip2", "xz"]
Name = Annotated[str, Meta(title="File", min_length=1, max_length=200)]


def run(home: Home) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    run_async(lambda: serve(home))


async def serve(home: Home) -> None:
    """Packs files and is operable, until cancelled."""
    service = FileWorker(home, await asyncio.to_thread(Workshop, home.folder))
    async with service.agent:
        await service.work()


class FileWorker:
    """The governance of the workshop: health, configuration, actions.

    A packed file that a verification found damaged makes the service DEGRADED until it is repaired.
    """

    def __init__(self, home: Home, workshop: Workshop) -> None:
        self._workshop = workshop
        self._crew: Crew[Job] = Crew(self._pack)
        self._damaged: set[str] = set()
        self.agent = agent_of(
            home,
            "File worker",
            "Takes files of the Python library from a spool folder, checksums and compresses them.",
            {"resources": [{"name": "spool", "label": "Spool folder", "type": "queue"}]},
        )
        self._crew_actions = CrewActions(self.agent, self._crew, home.preferences)
        self._declare()

    async def work(self) -> None:
        """Packs what an earlier process left, then feeds the spool for ever."""
        for job in self._workshop.waiting():
            self._crew.add(job)
        try:
            while True:
                if self._crew.state in {"idle", "working"} and self._crew.queued < BACKLOG_FILES:
                    await self._feed(FEED_FILES, "gzip")
                await asyncio.sleep(FEED_SECONDS)
        finally:
            await self._crew.stop()

    async def _feed(self, count: int, codec: str) -> int:
        jobs = await asyncio.to_thread(self._workshop.fill, count, codec)
        # What a draining crew does not take stays in the spool for the next start.
        return sum(self._crew.add(job) for job in jobs)

    async def _pack(self, job: Job) -> None:
        await self._workshop.pack(job)
        await asyncio.sleep(BREATHER_SECONDS)

    def _declare(self) -> None:
        agent = self.agent
        agent.health(self.health)
        agent.config(self.config)
        agent.action(category="item-management", order=4)(self.add_files)
        agent.action(category="item-management", order=5, danger="HIGH", confirm=True)(self.purge_queue)
        agent.action(category="diagnostics", order=1, retry_safe=True)(self.recent_files)
        agent.action(category="diagnostics", order=2, timeout=900, retry_safe=True)(self.verify_all)
        agent.action(category="row-action", retry_safe=True)(self.verify_file)
        corrupt = agent.action(category="advanced", danger="MEDIUM")(self.corrupt_file)
        corrupt.prepare(self.prepare_corrupt_file)
        agent.action(category="advanced", retry_safe=True)(self.repair_damaged)
        agent.action(category="advanced")(self.fail_on_purpose)

    async def health(self) -> Health:
        """DEGRADED while a packed file is known to be damaged."""
        details = {**self._crew_actions.details(), "damaged": sorted(self._damaged)}
        if self._damaged:
            return Health.degraded(f"damaged packed files: {len(self._damaged)}", details)
        crew = self._crew
        return Health.up(f"{crew.state}: {crew.queued} files wait, {crew.done} packed", details)

    async def config(self) -> list[ConfigItem]:
        """What the worker runs with."""
        return [
            ConfigItem("feed.seconds", FEED_SECONDS, label="Time between feeds", default=FEED_SECONDS),
            ConfigItem("feed.files", FEED_FILES, label="Files per feed", default=FEED_FILES),
            ConfigItem("breather.seconds", BREATHER_SECONDS, label="Breather after a file"),
            ConfigItem(
                "archive.encryptionKey",
                label="Key for archives",
                sensitive=True,
                secret_ref="env:ARCHIVE_KEY",  # noqa: S106 - a reference, no secret
            ),
            self._crew_actions.config(),
        ]

    async def add_files(
        self,
        ctx: Context,
        count: Annotated[int, Meta(ge=1, le=500, description="Files to put into the spool")] = 50,
        codec: Codec = "gzip",
    ) -> dict[str, Any]:
        """Puts more files into the spool; with xz they take longest."""
        taken = await self._feed(count, codec)
        self.agent.changed()
        if not taken:
            raise ActionError("the worker drains and takes nothing new; resume it first", code="DRAINING")
        return {"added": taken, **self._crew_actions.details()}

    async def purge_queue(self, ctx: Context) -> dict[str, Any]:
        """Forgets every file that waits. The files stay in the spool and are packed after a restart."""
        forgotten = self._crew.purge()
        self.agent.changed()
        return {"forgotten": forgotten}

    async def recent_files(
        self, ctx: Context, limit: Annotated[int, Meta(ge=1, le=300, description="Newest first")] = SHOWN
    ) -> dict[str, Any]:
        """The files packed last, with checksum and saving."""
        entries = await asyncio.to_thread(self._workshop.recent, limit)
        return {"list": _table(entries)}

    async def verify_file(self, ctx: Context, name: Name) -> dict[str, Any]:
        """Unpacks one file and compares its checksum."""
        return {"detail": {"title": name, "data": {**_row(self._entry(name)), "intact": self._check(name)}}}

    def verify_all(
        self,
        ctx: Context,
        pause_milliseconds: Annotated[int, Meta(ge=0, le=1000, description="Between files")] = 50,
    ) -> dict[str, Any]:
        """Unpacks every kept file and compares its checksum: takes a while and can be cancelled."""
        entries = self._workshop.recent(limit=1000)
        bad = []
        for number, entry in enumerate(entries, start=1):
            intact = self._check(entry.name)
            if not intact:
                bad.append(entry)
            print(f"{'intact ' if intact else 'DAMAGED'} {entry.name}")
            ctx.progress(100 * number / len(entries), f"{number} of {len(entries)} files")
            ctx.sleep(pause_milliseconds / 1000)
        print(f"{len(entries)} files verified, {len(bad)} damaged")
        return {"verified": len(entries), "damaged": len(bad), "list": _table(bad)}

    async def corrupt_file(self, ctx: Context, name: Name) -> dict[str, Any]:
        """Overwrites the middle of a packed file, as a bad disk would, and verifies it."""
        self._workshop.corrupt(self._entry(name))
        return {"name": name, "intact": self._check(name)}

    async def prepare_corrupt_file(self, ctx: Context) -> Prepared:
        """Offers the files packed last."""
        entries = await asyncio.to_thread(self._workshop.recent, 20)
        names = [entry.name for entry in entries if entry.name not in self._damaged]
        return Prepared(initial={"name": names[0] if names else ""}, choices={"name": names})

    async def repair_damaged(self, ctx: Context) -> dict[str, Any]:
        """Packs the originals of all damaged files again."""
        names = sorted(self._damaged)
        for name in names:
            await asyncio.to_thread(self._workshop.repair, self._entry(name))
            print(f"{name}: {'repaired' if self._check(name) else 'still damaged'}")
        return {"repaired": [name for name in names if name not in self._damaged]}

    async def fail_on_purpose(
        self,
        ctx: Context,
        reason: Annotated[
            str,
            Meta(max_length=2000, extra_json_schema={"format": "textarea"}, description="Becomes the error"),
        ] = "The operator asked for a failure.",
        code: Literal["ACTION_FAILED", "DISK_FULL", "TIMEOUT"] = "ACTION_FAILED",
    ) -> dict[str, Any]:
        """Fails with the reason given, so that one can see what a failure looks like."""
        print("about to fail, as asked")
        raise ActionError(reason, code=code)

    def _entry(self, name: str) -> Packed:
        try:
            return self._workshop.entry(name)
        except LookupError as problem:
            raise ActionError(str(problem), code="NO_SUCH_FILE") from None

    def _check(self, name: str) -> bool:
        intact = self._workshop.verify(self._entry(name))
        if intact == (name in self._damaged):
            (self._damaged.discard if intact else self._damaged.add)(name)
            self.agent.changed()
        return intact


def _row(entry: Packed) -> dict[str, Any]:
    return {
        "id": entry.name,
        "source": entry.source,
        "codec": entry.codec,
        "size": entry.size,
        "packed": entry.packed_size,
        "milliseconds": entry.milliseconds,
        "sha256": entry.sha256,
        "finishedAt": iso(entry.finished_at),
    }


def _table(entries: list[Packed]) -> dict[str, Any]:
    verify = {"label": "Verify", "action": "verifyFile", "payload": {"name": "$row.id"}}
    corrupt = {"label": "Corrupt", "action": "corruptFile", "payload": {"name": "$row.id"}, "danger": True}
    return {
        "title": "Packed files",
        "emptyText": "None.",
        "columns": [
            {"key": "id", "label": "File", "ellipsis": True},
            {"key": "codec", "label": "Codec"},
            {"key": "size", "label": "Size", "format": "bytes"},
            {"key": "packed", "label": "Packed", "format": "bytes"},
            {"key": "milliseconds", "label": "Took", "format": "duration"},
            {"key": "sha256", "label": "SHA-256", "format": "code", "copyable": True, "ellipsis": True},
            {"key": "finishedAt", "label": "Finished", "format": "relativeTime"},
        ],
        "data": [_row(entry) for entry in entries],
        "rowActions": [verify, corrupt],
        "pageActions": [{"label": "Repair damaged files", "action": "repairDamaged"}],
    }
