"""What tests of labels say and look for."""

from __future__ import annotations

from typing import Any

from tests.support.raw_agent import service
from tests.support.raw_operator import Row
from tests.support.server import Operator

AGENTS = "/api/admin/agents"
SERVICES = "/api/admin/capsule-services"


async def put(operator: Operator, path: str, body: Any) -> Any:
    """``data`` of a PUT with the CSRF token."""
    headers = {"X-CSRF-Token": operator.csrf}
    return operator.unwrap(await operator.client.put(path, json=body, headers=headers))


async def label(operator: Operator, path: str, **labels: str) -> dict[str, Any]:
    """The row of an agent or service once it has exactly these operators' labels."""
    row: dict[str, Any] = await put(operator, f"{path}/labels", {"labels": labels})
    return row


def labelled(code: str, **labels: Any) -> dict[str, Any]:
    """A reported service whose manifest has these labels."""
    return service(code, manifest={"labels": labels})


def having(code: str, kind: str, field: str, value: Any) -> Any:
    """A look for the row of this code and kind once a field has this value."""

    def look(rows: dict[str, Row]) -> Row | None:
        found = [row for row in rows.values() if (row["code"], row["kind"]) == (code, kind)]
        return found[0] if found and found[0][field] == value else None

    return look


def only(*wanted: str) -> Any:
    """A look that is true while a view holds these rows, each ``<kind> <code>``, and no others."""

    def look(rows: dict[str, Row]) -> bool:
        return {f"{row['kind']} {row['code']}" for row in rows.values()} == set(wanted)

    return look
