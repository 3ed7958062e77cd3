"""Calls that are refused, and what the audit trail then shows in the live view."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.raw_operator import live
from tests.support.server import Operator, Refused, Server
from tests.support.waiting import until


async def refused_with(call: Any) -> Refused:
    """How the call was refused; it fails when it was not."""
    with pytest.raises(Refused) as refused:
        await call
    return refused.value


async def audited(server: Server, operator: Operator, action: str, **wanted: Any) -> list[dict[str, Any]]:
    """Events of one action with these values, as the live view shows them."""
    async with live(server, operator) as browser:
        await browser.follow("audit")
        return [
            row
            for row in browser.rows["audit"].values()
            if row["action"] == action and all(row[key] == value for key, value in wanted.items())
        ]


async def awaited(server: Server, operator: Operator, action: str, **wanted: Any) -> dict[str, Any]:
    """The one such event, which may come a moment after the answer."""
    (event,) = await until(lambda: audited(server, operator, action, **wanted), f"{action} to be audited")
    return event
