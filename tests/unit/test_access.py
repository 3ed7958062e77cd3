"""Who may call what is decided by the operations, and every call is one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support.documents import DOCS, codes, table

from opstage.core.access import Capability, Role, allows
from opstage.factory import create_app
from opstage.settings import Settings
from opstage.web.operation import ATTRIBUTE, Caller, Operation

APP = create_app(Settings())
PUBLIC = {
    "POST /api/admin/auth/login",
    "POST /api/agents/register",
    "GET /api/system/health",
    "GET /api/system/live",
    "GET /api/system/ready",
    "GET /api/system/settings",
    "GET /api/system/version",
}
"""All that anybody may call."""
MARKS = {
    "public": set(Role),
    "session": set(Role),
    "any": set(Role),
    "operator": {Role.OWNER, Role.OPERATOR},
    "owner": {Role.OWNER},
}
"""What the column "Who" of docs/rest.md means."""


def operations() -> dict[str, Operation | None]:
    """Every call below ``/api/`` with what it is described as."""
    found: dict[str, Operation | None] = {}
    for rule in APP.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.websocket:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda each: "{" + camel(each[1]) + "}", rule.rule)
        handler = APP.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[f"{method} {path}"] = getattr(handler, ATTRIBUTE, None)
    return found


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def documented() -> dict[str, str]:
    return {codes(row["Call"])[0]: row["Who"] for row in table(DOCS / "rest.md", "Call")}


OPERATIONS = operations()


def test_every_call_is_an_operation() -> None:
    assert len(OPERATIONS) > 30
    assert [call for call, described in OPERATIONS.items() if described is None] == []


def test_only_these_calls_are_public() -> None:
    public = {call for call, each in OPERATIONS.items() if each is not None and each.who is Caller.PUBLIC}

    assert public == PUBLIC


@pytest.mark.parametrize("call", sorted(OPERATIONS))
def test_the_path_tells_what_kind_of_caller_is_meant(call: str) -> None:
    described, path = OPERATIONS[call], call.partition(" ")[2]

    assert described is not None
    if call in PUBLIC:
        assert described.who is Caller.PUBLIC
    elif path.startswith("/api/agents/"):
        assert described.who is Caller.AGENT
        assert "{agentId}" in path
    else:
        assert isinstance(described.who, Capability)


@pytest.mark.parametrize(
    "call", sorted(call for call in OPERATIONS if call.split()[1].startswith("/api/admin/"))
)
def test_the_document_names_the_roles_that_may(call: str) -> None:
    described: Any = OPERATIONS[call]
    mark = documented()[call]

    assert described.session is (mark == "session")
    if isinstance(described.who, Capability):
        assert {role for role in Role if allows(role, described.who)} == MARKS[mark]
    else:
        assert mark == "public"
