"""Payloads of actions against the schema their service declared."""

from __future__ import annotations

import select
import socket
from typing import Any

import pytest

from opstage.errors import Invalid
from opstage.hub import payloads
from opstage.store.records import ActionRecord


def action(schema: dict[str, Any]) -> ActionRecord:
    """An action with this input."""
    return ActionRecord(
        id="act_1",
        service_id="svc_1",
        name="go",
        label="Go",
        description=None,
        danger_level="LOW",
        requires_confirmation=False,
        category=None,
        order=None,
        input_schema=schema,
        timeout_seconds=None,
        enabled=True,
        retry_safe=False,
        created_at=0.0,
        updated_at=0.0,
    )


def test_each_field_that_does_not_fit_is_named_without_its_value() -> None:
    pin = {"type": "string", "minLength": 30}
    schema = {
        "type": "object",
        "properties": {"to": {"items": {"properties": {"pin": pin}}}, "n": {"type": "integer"}},
    }

    with pytest.raises(Invalid) as caught:
        payloads.check(action(schema), {"to": [{}, {"pin": "canary-secret"}], "n": "canary-number"})

    assert caught.value.code == "ACTION_PAYLOAD_INVALID"
    assert caught.value.details is not None
    assert {issue["path"] for issue in caught.value.details["issues"]} == {"to.1.pin", "n"}
    assert "canary" not in str(caught.value.details)


def test_a_schema_makes_the_server_fetch_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}/schema.json"
        for reference in (url, "file:///etc/hostname"):
            payloads.check(action({"$ref": reference}), {"anything": 1})
        assert select.select([other], [], [], 0)[0] == []


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"pattern": "("}, {"$ref": "#/nowhere"}])
def test_a_broken_schema_locks_nobody_out(schema: dict[str, Any]) -> None:
    payloads.check(action(schema), {"anything": 1})
