"""A real database file per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opstage.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's database lies."""
    return tmp_path / "data" / "opstage.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An open store that does not wait long for a lock and flushes contacts only when told."""
    async with Store(f"file:{path}", contact_seconds=3600, busy_seconds=0.05) as opened:
        yield opened
