"""API keys: what they open, what they do not, and how soon they stop."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Any

import pytest
from tests.support.raw_operator import RawOperator, live
from tests.support.refusals import refused_with
from tests.support.server import Operator, Refused, Server
from tests.support.waiting import PATIENCE_SECONDS, until
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from opstage.core.times import iso
from opstage_agent.wire import OPERATOR_PATH, OPERATOR_SUBPROTOCOL

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = "/api/admin/api-keys"
TOKENS = "/api/admin/registration-tokens"
ME = "/api/admin/auth/me"


@asynccontextmanager
async def watching(server: Server, raw: str) -> AsyncIterator[RawOperator]:
    """A live connection opened with an API key and no Origin, greeted."""
    async with connect(
        f"ws://127.0.0.1:{server.port}{OPERATOR_PATH}",
        subprotocols=[Subprotocol(OPERATOR_SUBPROTOCOL)],
        additional_headers={"Authorization": f"Bearer {raw}"},
        proxy=None,
        open_timeout=PATIENCE_SECONDS,
        ping_interval=None,
    ) as socket:
        watcher = RawOperator(socket)
        hello = await watcher.hear()
        assert hello["type"] == "hello"
        watcher.rows["hello"] = {"user": hello["user"]}
        yield watcher


async def made(operator: Operator, name: str, role: str = "operator", **more: Any) -> dict[str, Any]:
    key: dict[str, Any] = await operator.post(KEYS, {"name": name, "role": role, **more})
    return key


async def audited(operator: Operator, server: Server, action: str) -> list[dict[str, Any]]:
    """Events of one action, as the live view shows them."""
    async with live(server, operator) as browser:
        await browser.follow("audit")
        return [row for row in browser.rows["audit"].values() if row["action"] == action]


async def test_the_raw_key_is_shown_once(operator: Operator) -> None:
    key = await made(operator, "once", "viewer")
    assert key["key"].startswith("opstage_key_")
    assert key["hint"] == key["key"].removeprefix("opstage_key_")[:4]
    assert (key["status"], key["role"], key["expiresAt"], key["lastUsedAt"]) == (
        "ACTIVE",
        "viewer",
        None,
        None,
    )
    listed = await operator.get(KEYS, q="once")
    assert [each["id"] for each in listed] == [key["id"]]
    assert key["key"] not in json.dumps(listed)


async def test_a_key_needs_neither_cookie_nor_csrf_token(server: Server, operator: Operator) -> None:
    key = await made(operator, "integrator")
    async with server.bearing(key["key"]) as program:
        me = await program.get(ME)
        assert (me["user"]["username"], me["user"]["role"], me["csrfToken"]) == ("integrator", "operator", "")
        assert me["expiresAt"] is None
        token = await program.post(TOKENS, {"name": "made by a key"})
        assert token["status"] == "ACTIVE"
    (event,) = [
        each
        for each in await audited(operator, server, "registration_token.created")
        if each["targetId"] == token["id"]
    ]
    assert (event["actorType"], event["actorId"], event["actorName"]) == ("USER", key["id"], "key:integrator")


async def test_a_key_may_what_its_role_may(server: Server, operator: Operator) -> None:
    viewer = await made(operator, "reader", "viewer")
    async with server.bearing(viewer["key"]) as program:
        assert isinstance(await program.get(TOKENS), list)
        assert (await refused_with(program.post(TOKENS))).code == "FORBIDDEN"
        assert (await refused_with(program.get(KEYS))).code == "FORBIDDEN"
    owner = await made(operator, "master", "owner")
    async with server.bearing(owner["key"]) as program:
        assert (await program.get(KEYS, q="master"))[0]["id"] == owner["id"]


async def test_what_is_about_a_session_refuses_keys(server: Server, operator: Operator) -> None:
    key = await made(operator, "sessionless", "owner")
    async with server.bearing(key["key"]) as program:
        for call in (program.get("/api/admin/auth/csrf"), program.post("/api/admin/auth/logout")):
            refused = await refused_with(call)
            assert (refused.status, refused.code) == (403, "FORBIDDEN")


async def test_a_revoked_key_stops_at_once_and_so_do_its_connections(
    server: Server, operator: Operator
) -> None:
    key = await made(operator, "revoked")
    async with server.bearing(key["key"]) as program, watching(server, key["key"]) as watcher:
        assert watcher.rows["hello"]["user"] == {"username": "revoked", "role": "operator"}
        await watcher.follow("fleet")
        await program.get(ME)
        await operator.post(f"{KEYS}/{key['id']}/revoke")
        refused = await refused_with(program.get(ME))
        assert (refused.status, refused.code, refused.details) == (401, "UNAUTHORIZED", {"reason": "revoked"})
        assert (await watcher.closed())[0] == 4501
        with pytest.raises(InvalidStatus) as rejected:
            async with watching(server, key["key"]):
                pass
        assert rejected.value.response.status_code == 401


async def test_a_key_has_a_minute_at_the_least(operator: Operator) -> None:
    assert (await refused_with(made(operator, "brief", expiresInSeconds=59))).issues == {"expiresInSeconds"}
    assert (await made(operator, "brief", expiresInSeconds=60))["expiresAt"] is not None


async def test_a_key_and_its_connections_end_with_its_time(server: Server, operator: Operator) -> None:
    # A slow machine may need longer than that to open anything with the key.
    for seconds in (1.5, 6.0, 24.0):
        key = await brief(server, operator, seconds)
        async with server.bearing(key["key"]) as program, AsyncExitStack() as stack:
            try:
                watcher = await stack.enter_async_context(watching(server, key["key"]))
                await program.get(ME)
            except (InvalidStatus, Refused):
                continue
            assert (await watcher.closed())[0] == 4501
            refused = await refused_with(program.get(ME))
            assert (refused.status, refused.details) == (401, {"reason": "expired"})
        expired = await operator.get(KEYS, q="expiring", status="EXPIRED")
        assert key["id"] in {each["id"] for each in expired}
        await operator.delete(f"{KEYS}/{key['id']}")
        return
    raise AssertionError("nothing could be opened in time")


async def brief(server: Server, operator: Operator, seconds: float) -> dict[str, Any]:
    """A key that nobody used yet, and that ends so soon."""
    key = await made(operator, "expiring", expiresInSeconds=60)
    with closing(sqlite3.connect(server.folder / "data" / "opstage.db", timeout=60)) as database:
        moment = iso(time.time() + seconds)
        database.execute("UPDATE api_keys SET expires_at = ? WHERE id = ?", (moment, key["id"]))
        database.commit()
    return key


async def test_what_another_process_revokes_ends_soon(server: Server, operator: Operator) -> None:
    key = await made(operator, "elsewhere")
    async with watching(server, key["key"]) as watcher:
        with closing(sqlite3.connect(server.folder / "data" / "opstage.db", timeout=60)) as database:
            database.execute("UPDATE api_keys SET status = 'REVOKED' WHERE id = ?", (key["id"],))
            database.commit()
        assert (await watcher.closed())[0] == 4501


async def test_an_unknown_key_is_nobody(server: Server) -> None:
    for raw in ("opstage_key_nobody", "opstage_agent_nobody"):
        async with server.bearing(raw) as program:
            refused = await refused_with(program.get(ME))
            assert (refused.status, refused.code, refused.details) == (
                401,
                "UNAUTHORIZED",
                {"reason": "unknown"},
            )


async def test_somebody_elses_authorization_header_leaves_the_session_alone(operator: Operator) -> None:
    for header in ("Basic b3duZXI6cHc=", "Bearer of-a-proxy", "Bearer", ""):
        answer = await operator.client.get(ME, headers={"Authorization": header})
        assert answer.status_code == 200, header


async def test_only_a_key_that_opens_nothing_can_be_deleted(operator: Operator) -> None:
    key = await made(operator, "mortal")
    refused = await refused_with(operator.delete(f"{KEYS}/{key['id']}"))
    assert (refused.status, refused.code) == (409, "API_KEY_NOT_DELETABLE")
    assert (await operator.post(f"{KEYS}/{key['id']}/revoke"))["status"] == "REVOKED"
    assert [each["id"] for each in await operator.get(KEYS, q="mortal", status="REVOKED")] == [key["id"]]
    assert await operator.get(KEYS, q="mortal", status="ACTIVE") == []
    assert (await operator.delete(f"{KEYS}/{key['id']}"))["id"] == key["id"]
    refused = await refused_with(operator.post(f"{KEYS}/{key['id']}/revoke"))
    assert (refused.status, refused.code) == (404, "API_KEY_NOT_FOUND")


async def test_the_last_use_of_a_key_is_noted(server: Server, operator: Operator) -> None:
    key = await made(operator, "useful")
    async with server.bearing(key["key"]) as program:
        await program.get(ME)

        async def noted() -> Any:
            return (await operator.get(KEYS, q="useful"))[0]["lastUsedAt"]

        first = await until(noted, "the use to be stored")
        for _ in range(5):
            await program.get(ME)
        assert await noted() == first


async def test_keys_have_an_audit_trail(server: Server, operator: Operator) -> None:
    key = await made(operator, "told")
    await operator.post(f"{KEYS}/{key['id']}/revoke")
    await operator.delete(f"{KEYS}/{key['id']}")
    for action in ("api_key.created", "api_key.revoked", "api_key.deleted"):
        (event,) = [each for each in await audited(operator, server, action) if each["targetId"] == key["id"]]
        assert (event["actorName"], event["targetName"], event["targetType"]) == ("owner", "told", "ApiKey")
        assert key["key"] not in json.dumps(event)
