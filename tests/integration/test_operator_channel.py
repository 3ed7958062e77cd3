"""The operator channel over a real socket: live views, resume, and everything a browser can do wrong."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.support.raw_agent import RawAgent, register, service, welcomed
from tests.support.raw_operator import Row, live
from tests.support.server import PASSWORD, Operator, Server
from tests.support.upkeep import impatient
from websockets.exceptions import InvalidStatus

pytestmark = pytest.mark.asyncio(loop_scope="session")


def named(code: str, **wanted: str) -> Any:
    """A look for the row of this code with these values."""

    def look(rows: dict[str, Row]) -> Row | None:
        for row in rows.values():
            if row["code"] == code and all(row[key] == value for key, value in wanted.items()):
                return row
        return None

    return look


async def test_the_fleet_view_follows_a_service_through_its_life(server: Server, operator: Operator) -> None:
    async with live(server, operator) as browser:
        await browser.follow("fleet")
        _, token = await register(server, operator, "followed")
        await browser.see("fleet", named("followed", kind="agent", statusReason="REGISTERED"))
        async with welcomed(server, token, "followed") as agent:
            row = await browser.see("fleet", named("followed", kind="service", status="HEALTHY"))
            assert (row["connection"], row["statusReason"]) == ("connected", "HEALTH_UP")
            await agent.say(
                type="heartbeat",
                seq=1,
                running=[],
                health={"followed": {"status": "DOWN", "message": "no disk"}},
            )
            row = await browser.see("fleet", named("followed", kind="service", status="UNHEALTHY"))
            assert (row["statusReason"], row["healthMessage"]) == ("HEALTH_DOWN", "no disk")
        await browser.see("fleet", named("followed", kind="agent", connection="reconnecting"))
        async with impatient(operator):
            row = await browser.see("fleet", named("followed", kind="agent", status="OFFLINE"))
            assert row["statusReason"] == "CONNECTION_LOST"
            assert await browser.see("fleet", named("followed", kind="service", status="OFFLINE"))


async def test_heartbeats_are_not_changes(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "steady")
    async with welcomed(server, token, "steady") as agent, live(server, operator) as browser:
        await browser.follow("fleet")
        before = browser.cursors["fleet"][1]
        for number in range(5):
            await agent.say(type="heartbeat", seq=number + 1, running=[])
        await agent.say(type="heartbeat", seq=6, running=[], health={"steady": {"status": "DEGRADED"}})
        await browser.see("fleet", named("steady", kind="service", status="UNHEALTHY"))
        mine = [row for row in browser.rows["fleet"].values() if row["code"] == "steady"]
        assert browser.cursors["fleet"][1] > before
        assert len(mine) == 2


async def test_a_resumed_view_gets_only_what_changed(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "resumed")
    async with welcomed(server, token, "resumed") as agent:
        async with live(server, operator) as browser:
            await browser.follow("fleet")
            await browser.see("fleet", named("resumed", kind="service", status="HEALTHY"))
            epoch, revision = browser.cursors["fleet"]
        await agent.say(type="heartbeat", seq=1, running=[], health={"resumed": {"status": "DOWN"}})
        await agent.say(type="report", seq=2, services=[service("resumed", version="2")])
        await agent.hear("reported")
        async with live(server, operator) as browser:
            since = {"epoch": epoch, "revision": revision}
            browser.cursors["fleet"] = (epoch, revision)
            await browser.say(type="subscribe", id="fleet", view="fleet", since=since)
            frame = await browser.hear()
            assert (frame["type"], frame["from"]) == ("delta", revision)
            assert any(row["code"] == "resumed" for row in frame["upsert"])


@pytest.mark.parametrize("since", [{"epoch": "another", "revision": 1}, {"epoch": "", "revision": 10**9}])
async def test_a_cursor_that_cannot_be_served_gets_a_snapshot(
    server: Server, operator: Operator, since: dict[str, Any]
) -> None:
    async with live(server, operator) as browser:
        await browser.say(type="subscribe", id="fleet", view="fleet", since=since)
        assert (await browser.hear())["type"] == "snapshot"


async def run_echo(agent: RawAgent, command_id: str) -> None:
    """Accept, write, progress, finish."""
    await agent.hear("command")
    about: dict[str, Any] = {"commandId": command_id, "attempt": 1}
    await agent.say(type="accept", **about)
    lines = [{"stream": "stdout", "text": f"line {number}"} for number in range(3)]
    await agent.say(type="output", offset=0, lines=lines, **about)
    await agent.say(type="output", offset=5, lines=[{"stream": "stderr", "text": "after a gap"}], **about)
    await agent.say(type="progress", percent=60, message="soon", **about)
    await agent.say(type="result", success=True, data={"ok": True}, **about)
    await agent.hear("stored")


async def test_a_command_can_be_watched_with_its_output(server: Server, operator: Operator) -> None:
    _, token = await register(server, operator, "watched")
    async with welcomed(server, token, "watched") as agent, live(server, operator) as browser:
        await browser.follow("fleet")
        row = await browser.see("fleet", named("watched", kind="service", status="HEALTHY"))
        command = await operator.execute(row["id"], "echo", {"text": "secret?"})
        view = f"command:{command['id']}"
        await browser.follow(view)
        await browser.follow("commands")
        await browser.follow(f"service:{row['id']}")
        await run_echo(agent, command["id"])
        done = await browser.see(view, lambda rows: _with(rows, command["id"], "SUCCEEDED"))
        assert (done["result"]["data"], done["percent"]) == ({"ok": True}, 60.0)
        assert await browser.see("commands", lambda rows: _with(rows, command["id"], "SUCCEEDED"))
        assert await browser.see(f"service:{row['id']}", lambda rows: _with(rows, command["id"], "SUCCEEDED"))
        while len(browser.lines) < 4:
            await browser.hear()
        assert browser.lines == ["line 0", "line 1", "line 2", "after a gap"]
        assert browser.dropped == 2
    async with live(server, operator) as browser:
        await browser.follow(view)
        while len(browser.lines) < 4:
            await browser.hear()
        assert browser.lines[-1] == "after a gap"


def _with(rows: dict[str, Row], key: str, status: str) -> Row | None:
    row = rows.get(key)
    return row if row and row["status"] == status else None


async def test_the_audit_view_shows_who_did_what(server: Server, operator: Operator) -> None:
    async with live(server, operator) as browser:
        await browser.follow("audit")
        await operator.registration_token("seen in the audit")

        def look(rows: dict[str, Row]) -> Row | None:
            told = [row for row in rows.values() if row["targetName"] == "seen in the audit"]
            return told[0] if told else None

        row = await browser.see("audit", look)
        assert row["action"] == "registration_token.created"
        assert (row["actorType"], row["actorName"], row["result"]) == ("USER", "owner", "SUCCESS")


async def test_compressed_frames_hold_the_same_rows(server: Server, operator: Operator) -> None:
    for number in range(4):
        await register(server, operator, f"packed{number}")
    async with live(server, operator) as plain, live(server, operator) as packed:
        await plain.follow("fleet")
        await packed.follow("fleet", encoding="deflate")
        # Agents of tests before may change meanwhile.
        while plain.cursors != packed.cursors:
            await min(plain, packed, key=lambda each: each.cursors["fleet"][1]).hear()
        assert packed.rows["fleet"] == plain.rows["fleet"]


async def test_a_view_that_is_not_there_is_gone(server: Server, operator: Operator) -> None:
    async with live(server, operator) as browser:
        for view in ("weather", "service:svc_none", "command:cmd_none", "service:", "command"):
            await browser.say(type="subscribe", id="x", view=view)
            frame = await browser.hear()
            assert (frame["type"], frame["reason"]) == ("gone", "not-found"), view


async def test_bad_frames_of_a_browser(server: Server, operator: Operator) -> None:
    async with live(server, operator) as browser:
        await browser.say(type="ping", ref="r")
        assert (await browser.hear())["ref"] == "r"
        await browser.say(type="execute", id="x")
        assert (await browser.hear())["type"] == "error"
        for number in range(33):
            await browser.say(type="subscribe", id=str(number), view="weather:x")
        await browser.say(type="subscribe", id=7, view="fleet")
        assert (await browser.closed())[0] == 4500
    async with live(server, operator) as browser:
        await browser.socket.send('{"type":"ping","ref":"' + "x" * 20_000 + '"}')
        assert (await browser.closed())[0] == 1009


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
async def test_another_sites_page_is_refused(server: Server, operator: Operator, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with live(server, operator, origin=origin):
            pass
    assert refused.value.response.status_code == 403
    assert b"ORIGIN_NOT_ALLOWED" in refused.value.response.body


async def test_without_a_session_there_is_no_upgrade(server: Server, operator: Operator) -> None:
    operator.client.cookies.clear()
    with pytest.raises(InvalidStatus) as refused:
        async with live(server, operator):
            pass
    assert refused.value.response.status_code == 401


async def test_signing_out_ends_the_stream(server: Server, operator: Operator) -> None:
    async with live(server, operator) as browser:
        await browser.follow("fleet")
        await operator.post("/api/admin/auth/logout")
        assert (await browser.closed())[0] == 4501


async def test_one_user_may_hold_sixteen_sockets(server: Server, operator: Operator) -> None:
    await operator.post("/api/admin/users", {"username": "sixteen", "password": PASSWORD})
    async with server.operator("sixteen", PASSWORD) as holder, AsyncExitStack() as stack:
        for _ in range(16):
            await stack.enter_async_context(live(server, holder))
        with pytest.raises(InvalidStatus) as refused:
            async with live(server, holder):
                pass
        assert refused.value.response.status_code == 429
