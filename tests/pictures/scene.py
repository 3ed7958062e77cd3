"""What stands on the stage before the pictures are taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.pictures.troupe import FAILS, KINDS, PLACES, troupe
from tests.support.demo import DemoFleet
from tests.support.server import PASSWORD, Operator
from tests.support.waiting import until

SETTINGS = {
    "OPSTAGE_ADMIN_PASSWORD": PASSWORD,
    "OPSTAGE_LOGIN_ATTEMPTS_PER_MINUTE": "0",
    "OPSTAGE_CAPSULE_BUS_ENABLED": "true",
    "OPSTAGE_BACKUP_INTERVAL_SECONDS": "86400",
}


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[tuple[DemoFleet, dict[str, str]]]:
    """A server, the demo fleet and forty services more; with the ids that addresses need."""
    demo = DemoFleet(folder)
    demo.server.settings = dict(SETTINGS)
    await demo.start()
    try:
        async with demo.server.operator() as owner, troupe(demo.server, owner):
            await until(lambda: _complete(owner), "the whole fleet")
            yield demo, await _ids(owner)
    finally:
        await demo.stop()


async def _complete(owner: Operator) -> bool:
    rows = await owner.get("/api/admin/capsule-services", pageSize=100)
    return len(rows) >= len(KINDS) * len(PLACES)


async def _ids(owner: Operator) -> dict[str, str]:
    """Everything that people do, done once."""
    checker, pool = await _service(owner, "link-checker"), await _service(owner, "account-pool")
    command = await owner.execute(checker["id"], "recheckNow")
    await owner.finished(command["id"])
    failing = await _service(owner, FAILS)
    await owner.finished((await owner.execute(failing["id"], "selfTest"))["id"])
    run = await owner.post(
        "/api/admin/runs",
        {"actionName": "selfTest", "selector": "team", "concurrency": 4},
    )
    await until(lambda: _over(owner, run["id"]), "the run to be over")
    await _governed(owner, pool["id"])
    return {
        "service": checker["id"],
        "agent": checker["agentId"],
        "command": command["id"],
        "run": run["id"],
        "trouble": (await _service(owner, "rate-feed-prod-ap"))["id"],
    }


async def _over(owner: Operator, run_id: str) -> bool:
    return str((await owner.get(f"/api/admin/runs/{run_id}"))["status"]) != "RUNNING"


async def _service(owner: Operator, code: str) -> dict[str, str]:
    found = await owner.service(code)
    assert found is not None, code
    return found


async def _governed(owner: Operator, service_id: str) -> None:
    for username, name, role in (
        ("mira", "Mira Okafor", "operator"),
        ("lin", "Lin Wei", "operator"),
        ("jonas", "Jonas Beck", "viewer"),
    ):
        body = {"username": username, "password": PASSWORD, "displayName": name, "role": role}
        await owner.post("/api/admin/users", body)
    await owner.post("/api/admin/api-keys", {"name": "Deployment pipeline", "role": "operator"})
    await owner.post(
        "/api/admin/api-keys",
        {"name": "Wallboard", "role": "viewer", "expiresInSeconds": 30 * 86400},
    )
    await owner.post(
        "/api/admin/registration-tokens",
        {"name": "Edge hosts", "maxUses": 20, "expiresInSeconds": 7 * 86400, "labels": {"env": "prod"}},
    )
    await owner.patch("/api/admin/settings/maintenance", {"auditRetentionDays": 180})
    await owner.client.put(
        f"/api/admin/capsule-services/{service_id}/labels",
        json={"labels": {"tier": "critical"}},
        headers={"X-CSRF-Token": owner.csrf},
    )
    await owner.post(
        "/api/admin/bus/routes",
        {
            "name": "Recheck links after a crawl",
            "description": "A finished crawl starts the link checker.",
            "status": "ENABLED",
            "match": {"eventType": "crawl.finished"},
            "target": {"serviceCode": "link-checker", "actionName": "recheckNow"},
        },
    )
    answer = await owner.client.post("/api/admin/backup/sqlite", headers={"X-CSRF-Token": owner.csrf})
    answer.raise_for_status()
