"""A full-text index of the standard library's documentation, in SQLite."""

from __future__ import annotations

import ast
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from opstage.demo import sources

_TABLES = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, modified REAL NOT NULL, first INTEGER NOT NULL, entries INTEGER NOT NULL
);
CREATE VIRTUAL TABLE IF NOT EXISTS docs USING fts5 (
    name, text, path UNINDEXED, tokenize = 'porter unicode61'
);
"""
_SEARCH = """
SELECT name, path, snippet(docs, 1, '', '', ' … ', 16), -bm25(docs, 5.0, 1.0)
FROM docs WHERE docs MATCH ? ORDER BY bm25(docs, 5.0, 1.0) LIMIT ?
"""

Progress = Callable[[int, int, Path], None]
"""Called with files done, files in all, and the file just read; may raise to stop the work."""


BUSY_SECONDS = 1.0
"""How long a writer waits for another."""


class Busy(Exception):
    """Another thread has been writing to the index for longer than one waits."""


@dataclass(frozen=True)
class Hit:
    """One thing found; a higher score is a better match."""

    name: str
    path: str
    snippet: str
    score: float


@dataclass(frozen=True)
class Figures:
    """How much is indexed."""

    files: int
    entries: int
    bytes: int


class DocIndex:
    """The index in one SQLite file. Every call may come from any thread; writers take turns."""

    def __init__(self, path: Path, root: Path | None = None) -> None:
        self._path = path
        self._root = root or sources.library()
        self._writing = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as index:
            index.execute("PRAGMA journal_mode = WAL")
            index.executescript(_TABLES)

    def refresh(self, progress: Progress = lambda done, total, path: None) -> int:
        """Reads what is new or changed; returns how many files. Stops when ``progress`` raises.

        Each file is written in a transaction of its own: what was read before a stop stays. Raises Busy.
        """
        with self._alone():
            stale = self.stale()
            for done, path in enumerate(stale, start=1):
                self._read(path)
                progress(done, len(stale), path)
        return len(stale)

    def forget(self, package: str = "") -> int:
        """Forgets what is indexed, of one package or of all; returns how many files. Raises Busy."""
        prefix = str(self._root / package)
        with self._alone(), self._open() as index:
            like = (prefix.rstrip("/") + "/%",)
            index.execute("DELETE FROM docs WHERE path LIKE ?", like)
            return index.execute("DELETE FROM files WHERE path LIKE ?", like).rowcount

    def optimize(self) -> int:
        """Merges the index's segments; returns the bytes it takes afterwards. Raises Busy."""
        with self._alone(), self._open() as index:
            index.execute("INSERT INTO docs (docs) VALUES ('optimize')")
        return self._path.stat().st_size

    def search(self, words: str, limit: int = 10) -> list[Hit]:
        """The best matches for all of the words; none for no words."""
        # Quoted, so that no word is taken for an operator of the query language.
        query = " ".join('"' + word.replace('"', "") + '"' for word in words.split())
        with self._open() as index:
            return [Hit(*row) for row in index.execute(_SEARCH, (query or '""', limit))]

    def figures(self) -> Figures:
        """How much is indexed now."""
        with self._open() as index:
            files, entries = index.execute("SELECT count(*), coalesce(sum(entries), 0) FROM files").fetchone()
        return Figures(files, entries, self._path.stat().st_size)

    def packages(self) -> list[str]:
        """Names of the packages of the library."""
        return sorted(
            {path.parent.name for path in self._root.glob("[a-z]*/__init__.py")} - sources.NOT_LIBRARY
        )

    def stale(self) -> list[Path]:
        """Files that changed or were never read, by path."""
        with self._open() as index:
            known = dict(index.execute("SELECT path, modified FROM files"))
        found = sources.all_sources(self._root)
        return [path for path in found if known.get(str(path)) != path.stat().st_mtime]

    def _read(self, path: Path) -> None:
        entries = list(_entries(path, self._root))
        modified = path.stat().st_mtime
        with self._open() as index:
            self._drop(index, path)
            first = index.execute("SELECT coalesce(max(rowid), 0) + 1 FROM docs").fetchone()[0]
            rows = [(first + number, *entry) for number, entry in enumerate(entries)]
            index.executemany("INSERT INTO docs (rowid, name, text, path) VALUES (?, ?, ?, ?)", rows)
            index.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (str(path), modified, first, len(rows)))

    @staticmethod
    def _drop(index: sqlite3.Connection, path: Path) -> None:
        # By row number: the path column has no index, and a scan per file would be quadratic.
        known = index.execute("DELETE FROM files WHERE path = ? RETURNING first, entries", (str(path),))
        for first, entries in known.fetchall():
            index.execute("DELETE FROM docs WHERE rowid BETWEEN ? AND ?", (first, first + entries - 1))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise Busy("another thread is writing to the index")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as index, index:
            # The index can be made again at any time, so no commit needs to wait for the disk.
            index.execute("PRAGMA synchronous = OFF")
            yield index


def _entries(path: Path, root: Path) -> Iterator[tuple[str, str, str]]:
    """The documented things of one file; a file that is no Python has none."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return
    parts = path.relative_to(root).with_suffix("").parts
    module = ".".join(part for part in parts if part != "__init__")
    for name, text in sources.docstrings(tree):
        yield f"{module}.{name}" if name else module, text, str(path)
