"""The labels that operators set on agents and services."""

from __future__ import annotations

from enum import StrEnum

from opstage.core.times import iso
from opstage.store.mapping import decode_json, to_json
from opstage.store.tx import Tx


class Labelled(StrEnum):
    """What can be labelled: the table it stands in."""

    AGENT = "agents"
    SERVICE = "capsule_services"


async def replace(
    tx: Tx, what: Labelled, key: str, labels: dict[str, str], now: float
) -> dict[str, str] | None:
    """Sets all operators' labels of one row; those it had before. None: there is no such row.

    Not audited: the caller knows who did it.
    """
    row = await tx.row(f"SELECT operator_labels_json FROM {what} WHERE id = ?", key)  # noqa: S608
    if row is None:
        return None
    before: dict[str, str] = decode_json(row[0])
    if labels != before:
        await tx.execute(
            f"UPDATE {what} SET operator_labels_json = ?, updated_at = ? WHERE id = ?",  # noqa: S608
            to_json(labels),
            iso(now),
            key,
        )
    return before
