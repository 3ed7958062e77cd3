"""What the audit trail of a running server says, read from its database."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from tests.support.server import Server
from tests.support.upkeep import database

Entry = tuple[str, str, dict[str, Any]]


def audited(server: Server, target_id: str, action: str = "%") -> list[Entry]:
    """(action, actor type, metadata) of the events about a target, oldest first; ``action`` as in LIKE."""
    sql = (
        "SELECT action, actor_type, metadata_json FROM audit_events"
        " WHERE target_id = ? AND action LIKE ? ORDER BY rowid"
    )
    with closing(database(server)) as connection:
        rows = connection.execute(sql, (target_id, action)).fetchall()
    return [(row[0], row[1], json.loads(row[2])) for row in rows]
