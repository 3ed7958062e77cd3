"""Looking into the database of a server from beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.support.server import Server
from tests.support.waiting import PATIENCE_SECONDS


def rows(server: Server, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the query answers at this moment."""
    path = server.folder / "data" / "opstage.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)) as database:
        return database.execute(sql, values).fetchall()
