"""Where a database is: a file, or nothing that outlives the process."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from pathlib import Path

from opstage.core.redaction import REDACTED

MEMORY = (":memory:", "file::memory:", "sqlite://:memory:")
"""A database for the time of one process. A temporary file, because two connections share it."""
_FILE = "opstage.db"


def database_path(url: str) -> Path:
    """The file behind ``file:…``, ``sqlite://…`` or a bare path. ValueError for anything else."""
    path = url
    for prefix in ("sqlite://", "file://", "file:"):
        if url.startswith(prefix):
            path = url.removeprefix(prefix)
            break
    if not path or "://" in path or path == ":memory:":
        shown = without_user(url)
        raise ValueError(f"expected a database file such as file:./data/opstage.db, got {shown!r}")
    return Path(path)


def without_user(url: str) -> str:
    """The URL with user name and password, if it has any, replaced."""
    return re.sub(r"(?<=://)[^/]*@", f"{REDACTED}@", url)


class Location:
    """The file of a database. ValueError for a URL that names none.

    That of ``:memory:`` lies in a folder of its own, which goes with ``forget`` or the process.
    """

    def __init__(self, url: str) -> None:
        self.lasting = url not in MEMORY
        if self.lasting:
            self.path = database_path(url)
            return
        folder = tempfile.mkdtemp(prefix="opstage-")
        self.path = Path(folder) / _FILE
        self._gone = weakref.finalize(self, shutil.rmtree, folder, True)

    def forget(self) -> None:
        """Delete what does not last."""
        if not self.lasting:
            self._gone()
