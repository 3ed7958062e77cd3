"""``/metrics`` of a server that did something."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.support.raw_agent import RawAgent, register, welcomed
from tests.support.raw_operator import live
from tests.support.server import PATIENT, Operator, Refused, Server
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

Samples = dict[tuple[str, tuple[str, ...]], float]


async def scraped(client: httpx.AsyncClient, **headers: str) -> Samples:
    """Every sample by name and label values."""
    answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_a_session_or_a_key_of_any_role_may_scrape(server: Server, operator: Operator) -> None:
    assert ("opstage_uptime_seconds", ()) in await scraped(operator.client)
    key = (await operator.post("/api/admin/api-keys", {"name": "scraper", "role": "viewer"}))["key"]
    async with server.client() as client:
        assert ("opstage_uptime_seconds", ()) in await scraped(client, Authorization=f"Bearer {key}")


@pytest.mark.parametrize("credential", [None, "Bearer opstage_key_unknown", "Bearer opstage_agent_x"])
async def test_without_one_it_is_refused(server: Server, credential: str | None) -> None:
    headers = {} if credential is None else {"Authorization": credential}
    async with server.client() as client:
        answer = await client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


async def test_it_can_be_made_public(tmp_path: Path) -> None:
    server = Server(tmp_path, PATIENT | {"OPSTAGE_METRICS_PUBLIC": "true"})
    await server.start()
    try:
        async with server.client() as client:
            found = await scraped(client)
        assert found["opstage_live_connections", ("agent",)] == 0
        assert found["opstage_agents", ("ONLINE",)] == 0
    finally:
        assert await server.stop() == 0, server.log


async def test_what_happens_is_counted(tmp_path: Path) -> None:
    # A server of its own: on another, agents of tests before would be given up meanwhile.
    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator:
            await everything_is_counted(server, operator)
    finally:
        assert await server.stop() == 0, server.log


async def everything_is_counted(server: Server, operator: Operator) -> None:
    before = await scraped(operator.client)

    async def grown(name: str, *labels: str) -> float:
        key = (name, labels)
        return (await scraped(operator.client)).get(key, 0.0) - before.get(key, 0.0)

    agent_id, token = await register(server, operator, "measured")
    async with welcomed(server, token, "measured") as agent, live(server, operator):
        service = await operator.service("measured")
        assert service is not None
        command = await operator.execute(service["id"], "echo")
        frame = await agent.hear("command")
        assert await grown("opstage_commands_open", "SENT") == 1
        at = {"commandId": frame["commandId"], "attempt": frame["attempt"]}
        await agent.say(type="accept", **at)
        await agent.say(type="heartbeat", seq=1, running=[command["id"]])
        await agent.say(type="result", success=True, **at)
        await agent.hear("stored")
        assert await grown("opstage_live_connections", "agent") == 1
        assert await grown("opstage_live_connections", "operator") == 1
        assert await grown("opstage_agents", "ONLINE") == 1
        assert await grown("opstage_services", "HEALTHY") == 1
        assert await grown("opstage_agent_frames_total", "accept") == 1
        assert await grown("opstage_agent_heartbeats_total", "socket") == 1
        assert await grown("opstage_commands_created_total") == 1
        assert await grown("opstage_commands_finished_total", "SUCCEEDED") == 1
        assert await grown("opstage_command_run_seconds_count") == 1
        assert await grown("opstage_command_wait_seconds_bucket", "+Inf") == 1
        assert await grown("opstage_commands_open", "SENT") == 0
        await _end_without_success(operator, agent, service["id"])
        assert await grown("opstage_commands_created_total") == 3
        assert await grown("opstage_commands_finished_total", "CANCELLED") == 2
    with pytest.raises(Refused):
        await operator.sign_in(password="not the password")
    assert await grown("opstage_sign_in_failures_total") == 1
    assert await grown("opstage_http_requests_total", "admin", "401") == 1
    assert await grown("opstage_audit_events_total", "FAILURE") >= 1
    assert await grown("opstage_store_commits_total") >= 3
    assert await grown("opstage_store_commit_duration_seconds_count") >= 3
    await operator.client.post(
        f"/api/agents/{agent_id}/heartbeat", json={}, headers={"Authorization": f"Bearer {token}"}
    )
    assert await grown("opstage_agent_heartbeats_total", "rest") == 1
    await until(lambda: grown("opstage_event_loop_lag_seconds_count"), "the loop to be looked at")


async def _end_without_success(operator: Operator, agent: RawAgent, service_id: str) -> None:
    """One command, and its retry: both are created, both are cancelled before they run."""
    command = await operator.execute(service_id, "echo")
    for _ in range(2):
        frame = await agent.hear("command")
        await operator.post(f"/api/admin/commands/{frame['commandId']}/cancel")
        if frame["commandId"] == command["id"]:
            await operator.post(f"/api/admin/commands/{command['id']}/retry")


async def test_limits_that_were_met_are_counted(tmp_path: Path) -> None:
    server = Server(
        tmp_path, PATIENT | {"OPSTAGE_LOGIN_ATTEMPTS_PER_MINUTE": "2", "OPSTAGE_METRICS_PUBLIC": "1"}
    )
    await server.start()
    try:
        async with server.client() as client:
            wrong = {"username": "owner", "password": "wrong"}
            codes = [(await client.post("/api/admin/auth/login", json=wrong)).status_code for _ in range(4)]
            assert 429 in codes
            found = await scraped(client)
        assert found["opstage_rate_limited_total", ("admin",)] == codes.count(429)
    finally:
        assert await server.stop() == 0, server.log
