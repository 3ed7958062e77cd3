"""Every call of the admin API by every kind of caller, against the column "Who" of docs/rest.md."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from tests.support.documents import DOCS, codes, table
from tests.support.server import Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROLES = ("viewer", "operator", "owner")
MAY = {"any": set(ROLES), "session": set(ROLES), "operator": {"operator", "owner"}, "owner": {"owner"}}
PASSWORD = "a password of its own"
CALLS = {
    codes(row["Call"])[0]: row["Who"]
    for row in table(DOCS / "rest.md", "Call")
    if " /api/admin/" in row["Call"] and row["Who"] != "public"
}
ENDING = {"POST /api/admin/auth/logout", "POST /api/admin/auth/logout-all", "GET /api/admin/auth/csrf"}
"""Allowed to everybody who signed in, and the caller would be another one afterwards."""

Callers = dict[str, Operator]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def callers(server: Server) -> AsyncIterator[Callers]:
    """A signed-in user and an API key of each role, by ``user viewer``, ``key viewer`` and so on."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(server.operator())
        found: Callers = {}
        for role in ROLES:
            name = f"every-{role}"
            await first.post("/api/admin/users", {"username": name, "password": PASSWORD, "role": role})
            found[f"user {role}"] = await stack.enter_async_context(server.operator(name, PASSWORD))
            key = await first.post("/api/admin/api-keys", {"name": name, "role": role})
            found[f"key {role}"] = await stack.enter_async_context(server.bearing(key["key"]))
        yield found


async def answer(caller: Operator, call: str) -> httpx.Response:
    """The answer to a call of things that do not exist, with a body that no call takes."""
    method, path = call.split()
    path = re.sub(r"\{\w+\}", "nothing", path)
    headers = {"X-CSRF-Token": caller.csrf, "Content-Type": "application/json"}
    return await caller.client.request(
        method, path, content=None if method == "GET" else b"[]", headers=headers
    )


def code(response: httpx.Response) -> str | None:
    found = response.json()
    return None if found["success"] else str(found["error"]["code"])


@pytest.mark.parametrize("call", sorted(CALLS))
async def test_the_role_decides_before_anything_is_looked_at(callers: Callers, call: str) -> None:
    who = CALLS[call]
    for name, caller in callers.items():
        kind, role = name.split()
        if role in MAY[who] and (kind == "user" or who != "session"):
            continue
        response = await answer(caller, call)
        assert (response.status_code, code(response)) == (403, "FORBIDDEN"), name


@pytest.mark.parametrize("call", sorted(CALLS.keys() - ENDING))
async def test_who_may_is_let_through(callers: Callers, call: str) -> None:
    who = CALLS[call]
    for name, caller in callers.items():
        kind, role = name.split()
        if role in MAY[who] and (kind == "user" or who != "session"):
            response = await answer(caller, call)
            assert response.status_code not in {401, 403} and response.status_code < 500, name


@pytest.mark.parametrize("call", sorted(CALLS))
async def test_nobody_is_told_anything_but_to_sign_in(server: Server, call: str) -> None:
    async with server.client() as client:
        response = await answer(Operator(client), call)
        assert (response.status_code, code(response)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("call", sorted(each for each in CALLS if not each.startswith("GET ")))
async def test_a_change_by_session_needs_its_csrf_token(callers: Callers, call: str) -> None:
    method, path = call.split()
    response = await callers["user owner"].client.request(
        method, re.sub(r"\{\w+\}", "nothing", path), json={}
    )
    assert (response.status_code, code(response)) == (403, "CSRF_INVALID")
