"""A real database file per test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from opstage.store import Store, database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, made once."""
    path = tmp_path_factory.mktemp("migrated") / "opstage.db"

    async def make() -> None:
        async with Store(f"file:{path}"):
            pass

    asyncio.run(make())
    return path


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk is no reason to give up what waits when a store is closed."""
    monkeypatch.setattr(database, "CLOSE_SECONDS", 60.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's database lies."""
    return tmp_path / "data" / "opstage.db"


@pytest.fixture
async def store(path: Path, migrated: Path) -> AsyncIterator[Store]:
    """An open store that does not wait long for a lock and flushes contacts only when told."""
    path.parent.mkdir()
    shutil.copyfile(migrated, path)
    async with Store(f"file:{path}", migrate=False, contact_seconds=3600, busy_seconds=0.05) as opened:
        yield opened
