"""Packs files of a spool folder: checksum, compression, a ledger of what was done."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import hashlib
import lzma
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from opstage.demo import sources

KEPT = 300
"""Packed files kept; older ones are removed."""

_PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "bzip2": bz2.decompress,
    "xz": lzma.decompress,
}
_LEDGER = """
CREATE TABLE IF NOT EXISTS packed (
    name TEXT PRIMARY KEY, source TEXT NOT NULL, codec TEXT NOT NULL, sha256 TEXT NOT NULL,
    size INTEGER NOT NULL, packed_size INTEGER NOT NULL, milliseconds REAL NOT NULL, finished_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS feed (position INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Job:
    """One file of the spool to pack."""

    name: str
    codec: str = "gzip"


@dataclass(frozen=True)
class Packed:
    """One finished job; sizes in bytes."""

    name: str
    source: str
    codec: str
    sha256: str
    size: int
    packed_size: int
    milliseconds: float
    finished_at: float


class Workshop:
    """The spool, the packed files and the ledger in one folder."""

    def __init__(self, folder: Path, material: list[Path] | None = None) -> None:
        self._spool = folder / "spool"
        self._out = folder / "packed"
        self._ledger = folder / "ledger.db"
        self._material = sources.all_sources() if material is None else material
        for each in (self._spool, self._out):
            each.mkdir(parents=True, exist_ok=True)
        with self._open() as ledger:
            ledger.executescript(_LEDGER)

    def waiting(self) -> list[Job]:
        """What lies in the spool, oldest name first; also what an earlier process left."""
        return [Job(path.name) for path in sorted(self._spool.iterdir())]

    def fill(self, count: int, codec: str = "gzip") -> list[Job]:
        """Puts the next ``count`` library sources into the spool, going round for ever."""
        first = self._advance(count)
        return [self._put(number, codec) for number in range(first, first + count)]

    async def pack(self, job: Job) -> Packed:
        """Packs one file and takes it out of the spool.

        Raises FileNotFoundError when it is not there, KeyError for an unknown codec.
        """
        return await asyncio.to_thread(self._pack, job)

    def recent(self, limit: int = 50) -> list[Packed]:
        """The newest entries of the ledger."""
        with self._open() as ledger:
            rows = ledger.execute(
                "SELECT * FROM packed ORDER BY finished_at DESC, name DESC LIMIT ?", (limit,)
            )
            return [Packed(*row) for row in rows]

    def entry(self, name: str) -> Packed:
        """One entry of the ledger; raises LookupError when there is none."""
        with self._open() as ledger:
            row = ledger.execute("SELECT * FROM packed WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise LookupError(f"the ledger has no file {name!r}")
        return Packed(*row)

    def verify(self, entry: Packed) -> bool:
        """True when the packed file still unpacks to what was put in."""
        try:
            data = _UNPACK[entry.codec](self._packed(entry.name).read_bytes())
        except (OSError, EOFError, ValueError, lzma.LZMAError):
            return False
        return hashlib.sha256(data).hexdigest() == entry.sha256

    def corrupt(self, entry: Packed) -> None:
        """Overwrites the middle of a packed file, as a bad disk would."""
        data = bytearray(self._packed(entry.name).read_bytes())
        middle = len(data) // 2
        data[middle : middle + 16] = b"\x00" * 16
        self._packed(entry.name).write_bytes(data)

    def repair(self, entry: Packed) -> Packed:
        """Packs the original again; raises FileNotFoundError when that is gone."""
        return self._store(entry.name, Path(entry.source), entry.codec)

    def _advance(self, count: int) -> int:
        with self._open() as ledger:
            row = ledger.execute("SELECT max(position) FROM feed").fetchone()
            first = int(row[0] or 0)
            ledger.execute("DELETE FROM feed")
            ledger.execute("INSERT INTO feed VALUES (?)", (first + count,))
        return first

    def _put(self, number: int, codec: str) -> Job:
        source = self._material[number % len(self._material)]
        name = f"{number:06d}-{source.parent.name}-{source.name}"
        (self._spool / name).write_bytes(source.read_bytes())
        return Job(name, codec)

    def _pack(self, job: Job) -> Packed:
        waiting = self._spool / job.name
        number = int(job.name.partition("-")[0])
        source = self._material[number % len(self._material)]
        packed = self._store(job.name, waiting, job.codec, str(source))
        waiting.unlink()
        self._prune()
        return packed

    def _store(self, name: str, path: Path, codec: str, source: str | None = None) -> Packed:
        began = time.perf_counter()
        data = path.read_bytes()
        content = _PACK[codec](data)
        self._packed(name).write_bytes(content)
        digest, spent = hashlib.sha256(data).hexdigest(), (time.perf_counter() - began) * 1000
        entry = Packed(name, source or str(path), codec, digest, len(data), len(content), spent, time.time())
        with self._open() as ledger:
            values = tuple(vars(entry).values())
            ledger.execute("INSERT OR REPLACE INTO packed VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        return entry

    def _prune(self) -> None:
        with self._open() as ledger:
            old = ledger.execute(
                "DELETE FROM packed WHERE name IN"
                " (SELECT name FROM packed ORDER BY finished_at DESC LIMIT -1 OFFSET ?) RETURNING name",
                (KEPT,),
            ).fetchall()
        for (name,) in old:
            self._packed(name).unlink(missing_ok=True)

    def _packed(self, name: str) -> Path:
        return self._out / Path(name).name

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each use, since jobs run in threads."""
        with closing(sqlite3.connect(self._ledger, timeout=10)) as ledger, ledger:
            # The ledger can be made again from the files; losing its last second is no harm.
            ledger.execute("PRAGMA synchronous = OFF")
            yield ledger
