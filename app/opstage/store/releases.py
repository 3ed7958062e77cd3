"""Which migrations this release knows, so that a database of a newer one is left alone."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache

from opstage.store import migrations
from opstage.store.errors import StoreUnavailable
from opstage.store.tx import Reader

APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'opstage'"
TABLES = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'tortoise_migrations'"


@cache
def known() -> frozenset[str]:
    """The names of the migrations that come with this release."""
    return frozenset(module.name for module in pkgutil.iter_modules(migrations.__path__))


def newer(applied: Iterable[str]) -> list[str]:
    """Those of the applied migrations that this release does not know, in order."""
    return sorted(set(applied) - known())


async def refuse_newer(reader: Reader) -> None:
    """Raise StoreUnavailable for a database that a newer release has changed."""
    if not await reader.value(TABLES):
        return
    unknown = newer(str(row[0]) for row in await reader.rows(APPLIED))
    if unknown:
        raise StoreUnavailable(
            f"it was last used by a newer release (this one does not know {', '.join(unknown)});"
            " start that release, or restore a backup from before the upgrade."
        )
