"""What anybody may ask: is it up, is it ready, which version is it."""

from __future__ import annotations

from typing import Any

from quart import Blueprint, Response

from opstage.core.times import iso
from opstage.errors import Unavailable
from opstage.store import StoreUnavailable
from opstage.web.envelope import answer
from opstage.web.guards import hub

system = Blueprint("system", __name__)

SLOW_SECONDS = 0.25
"""A database that takes longer to answer is DEGRADED."""


@system.get("/health")
async def alive() -> Response:
    """For load balancers that know nothing of Opstage."""
    return Response(b'{"status":"UP"}', content_type="application/json")


@system.get("/api/system/live")
async def live() -> Response:
    """The process answers."""
    return answer({"status": "UP"})


@system.get("/api/system/ready")
async def ready() -> Response:
    """The process takes work: the database answers and the server does not drain. Else 503."""
    hub().require_open()
    probe = await _database()
    if probe["status"] == "DOWN":
        raise Unavailable("The database does not answer.", "DATABASE_UNAVAILABLE", retry_after=2)
    return answer({"status": "UP"})


@system.get("/api/system/health")
async def health() -> Response:
    """How the server is; always 200."""
    probe = await _database()
    return answer(
        {
            "status": probe["status"],
            "timestamp": iso(hub().clock.now()),
            "version": hub().version,
            "edition": "ce",
            "database": probe,
            "uptimeSeconds": int(hub().clock.now() - hub().started_at),
        }
    )


@system.get("/api/system/version")
async def version() -> Response:
    """Which build this is."""
    settings = hub().settings
    body = {"version": hub().version, "edition": "ce"}
    if settings.commit:
        body["commit"] = settings.commit
    if settings.build_time:
        body["buildTime"] = settings.build_time
    return answer(body)


async def _database() -> dict[str, Any]:
    try:
        seconds = await hub().store.ping()
    except StoreUnavailable:
        return {"status": "DOWN", "kind": "sqlite", "latencyMs": None}
    status = "UP" if seconds <= SLOW_SECONDS else "DEGRADED"
    return {"status": status, "kind": "sqlite", "latencyMs": round(seconds * 1000, 3)}
