"""Whatever the trail lived through: ``verify`` is content, and after any tampering it is not."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.tampering import copied, run, swapped, tampered, write
from tests.store.world import NOW, outside

from opstage.store import Store, audit
from opstage.store.verification import verify

Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "prune", "anchor", "reopen"]), st.integers(1, 5)), max_size=8
)
TAMPERS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "change", "swap", "insert", "cut", "checkpoint"]), st.integers(0, 99)
    ),
    max_size=2,
)


async def history(path: Path, steps: list[Step]) -> None:
    """Lives through the steps; a prune takes the events of so many steps ago."""
    store, now = Store(f"file:{path}", migrate=False), NOW
    await store.open()
    await write(store, 2, now)
    for what, amount in steps:
        now += 1
        if what == "write":
            await write(store, amount, now)
        elif what == "prune":
            await prune(store, now - amount + 1, now)
        elif what == "anchor":
            await store.write(lambda tx: audit.save_anchor(tx, NOW))
        else:
            await store.close()
            store = Store(f"file:{path}", migrate=False)
            await store.open()
    await store.write(lambda tx: audit.save_anchor(tx, NOW))
    await store.close()


async def prune(store: Store, before: float, now: float) -> None:
    await store.write(lambda tx: audit.prune(tx, before, 3, now))


def apply(path: Path, what: str, chosen: int) -> None:
    """Tampers, if there is anything to touch."""
    rows = outside(path, "SELECT sequence FROM audit_events WHERE sequence > 0 ORDER BY sequence")
    sequences = [row[0] for row in rows] or [0]
    one, other = sequences[chosen % len(sequences)], sequences[(chosen + 1) % len(sequences)]
    tampers = {
        "delete": [run("DELETE FROM audit_events WHERE sequence = ?", one)],
        "cut": [run("DELETE FROM audit_events WHERE sequence >= ?", one)],
        "change": [run("UPDATE audit_events SET result = result || 'x' WHERE sequence = ?", one)],
        "swap": swapped(one, other) if one != other else [],
        "insert": [copied(one, None, f"aud_{uuid4()}")],
        "checkpoint": [run("UPDATE audit_checkpoints SET sequence = sequence + 1")],
    }
    tampered(path, *tampers[what])


def stored(path: Path) -> list[tuple[object, ...]]:
    return [
        *outside(path, "SELECT * FROM audit_events ORDER BY id"),
        *outside(path, "SELECT * FROM audit_checkpoints"),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, tampers=TAMPERS)
def test_any_tampering_with_any_history_is_found_and_nothing_else(
    migrated: Path, steps: list[Step], tampers: list[tuple[str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "opstage.db"
        shutil.copyfile(migrated, path)
        asyncio.run(history(path, steps))
        assert verify(path).findings == []
        untouched = stored(path)
        for what, chosen in tampers:
            apply(path, what, chosen)
        # Not that something was done: two swaps of the same events leave nothing to be found.
        assert verify(path).ok == (stored(path) == untouched)
