"""What every test of the agent library needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from opstage_agent import journal


@pytest.fixture(autouse=True)
def _journals_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that stands for a process dying leaves its journal open; the file must not stay so."""
    opened: list[sqlite3.Connection] = []
    connect = journal._connect

    def noting(target: str) -> sqlite3.Connection:
        opened.append(connect(target))
        return opened[-1]

    monkeypatch.setattr(journal, "_connect", noting)
    yield
    for connection in opened:
        connection.close()
