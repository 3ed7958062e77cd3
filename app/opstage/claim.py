"""One server per database: a second one would end the first one's commands as lost."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from opstage.errors import Unavailable


class Claim:
    """A lock beside the database, held until ``release`` or the end of the process, even by kill -9."""

    def __init__(self, database: Path) -> None:
        """Raises Unavailable naming the process that holds it."""
        database.parent.mkdir(parents=True, exist_ok=True)
        self._file = database.with_name(f"{database.name}.lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise Unavailable(
                f"Another server (process {holder}) runs on {database}; stop it first."
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Give the database free."""
        self._file.close()
