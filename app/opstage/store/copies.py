"""Copies of the database as files: how they are made, named, listed and tidied up.

A copy is whole or not there: it is written under another name, brought to the disk and renamed.
Everything here works on files and blocks; who runs an event loop calls it in a thread.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from opstage.core.times import epoch, iso
from opstage.store.tx import unavailable

_NAME = re.compile(r"opstage-(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3})Z\.db")
_UNFINISHED = ".part"


@dataclass(frozen=True)
class Backup:
    """A finished backup in the folder. ``made_at`` is epoch seconds, as its name says."""

    path: Path
    size: int
    made_at: float


def backup_name(now: float) -> str:
    """The file name of a backup made now: ``opstage-2026-05-01T12-00-00-000Z.db``."""
    return f"opstage-{stamp(now)}.db"


def stamp(now: float) -> str:
    """The moment as part of a file name that every system takes."""
    return iso(now).replace(":", "-").replace(".", "-")


def listed(folder: Path) -> list[Backup]:
    """The backups in the folder, newest first; files of other names are not ours."""
    found: list[Backup] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _NAME.fullmatch(path.name)
        if match is not None:
            with contextlib.suppress(FileNotFoundError, ValueError):
                made_at = epoch("{}:{}:{}.{}+00:00".format(*match.groups()))
                found.append(Backup(path, path.stat().st_size, made_at))
    return sorted(found, key=lambda each: each.path.name, reverse=True)


def tidy(folder: Path, keep: int, spared: Path | None = None) -> list[Path]:
    """Delete all but the newest ``keep`` backups and ``spared``; what was deleted."""
    old = [each.path for each in listed(folder)[keep:] if each.path != spared]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def copy_database(source: Path, target: Path) -> None:
    """Copy a database, which may be in use, to a file that does not exist yet, readable by its user only.

    FileExistsError; StoreUnavailable, for example when the disk is full: no file is left then.
    """
    if target.exists():
        raise FileExistsError(f"expected a file that does not exist yet, got {target}")
    part = target.with_name(target.name + _UNFINISHED)
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _fill(source, part)
        to_disk(part)
        part.rename(target)
        to_disk(target.parent)
    except sqlite3.Error as error:
        raise unavailable(error) or error from error
    finally:
        part.unlink(missing_ok=True)


def _fill(source: Path, part: Path) -> None:
    # Connections of its own: the copy of a large file must not hold up the lists.
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin,
        contextlib.closing(sqlite3.connect(part)) as copy,
    ):
        origin.backup(copy)
        # One file that any program can open, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")


def to_disk(path: Path) -> None:
    """Wait until the file, or the names in the folder, outlive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
