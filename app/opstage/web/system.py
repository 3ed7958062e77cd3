"""What anybody may ask: is it up, is it ready, which version is it."""

from __future__ import annotations

import logging

import msgspec
from quart import Blueprint, Response

from opstage.core.times import iso
from opstage.errors import Unavailable
from opstage.hub import passwords
from opstage.store import StoreUnavailable
from opstage.web.envelope import answer
from opstage.web.guards import hub
from opstage.web.operation import Caller, operation
from opstage.web.reading import BODY_BYTES

system = Blueprint("system", __name__)

log = logging.getLogger("opstage.web")

EDITION = "ce"
SLOW_SECONDS = 0.25
"""A database that takes longer to answer is DEGRADED."""


class Up(msgspec.Struct):
    """It answers."""

    status: str


class DatabaseBody(msgspec.Struct, rename="camel"):
    """How the database is."""

    status: str
    kind: str
    latency_ms: float | None


class SystemHealth(msgspec.Struct, rename="camel"):
    """How the server is."""

    status: str
    timestamp: str
    version: str
    edition: str
    database: DatabaseBody
    uptime_seconds: int


class VersionBody(msgspec.Struct, rename="camel", omit_defaults=True):
    """Which build this is."""

    version: str
    edition: str
    commit: str | None = None
    build_time: str | None = None


class PublicSettings(msgspec.Struct, rename="camel"):
    """What holds for everybody."""

    edition: str
    capsule_bus_enabled: bool
    password_min_length: int
    session_ttl_seconds: int
    request_max_bytes: int
    command_result_max_bytes: int


@system.get("/health")
@operation(Caller.PUBLIC, "Liveness", answer=Up, bare=True)
async def alive() -> Response:
    """For load balancers that know nothing of Opstage; without the envelope."""
    return Response(msgspec.json.encode(Up("UP")), content_type="application/json")


@system.get("/api/system/live")
@operation(Caller.PUBLIC, "Liveness", answer=Up)
async def live() -> Response:
    """The process answers."""
    return answer(Up("UP"))


@system.get("/api/system/ready")
@operation(Caller.PUBLIC, "Readiness", answer=Up)
async def ready() -> Response:
    """The process takes work: the database answers and the server does not drain. Else 503."""
    hub().require_open()
    probe = await _database()
    if probe.status == "DOWN":
        raise Unavailable("The database does not answer.", "DATABASE_UNAVAILABLE", retry_after=2)
    return answer(Up("UP"))


@system.get("/api/system/health")
@operation(Caller.PUBLIC, "Health", answer=SystemHealth)
async def health() -> Response:
    """How the server is; always 200."""
    probe = await _database()
    return answer(
        SystemHealth(
            status=probe.status,
            timestamp=iso(hub().clock.now()),
            version=hub().version,
            edition=EDITION,
            database=probe,
            uptime_seconds=int(hub().clock.now() - hub().started_at),
        )
    )


@system.get("/api/system/version")
@operation(Caller.PUBLIC, "Version", answer=VersionBody)
async def version() -> Response:
    """Which build this is."""
    settings = hub().settings
    return answer(VersionBody(hub().version, EDITION, settings.commit, settings.build_time))


@system.get("/api/system/settings")
@operation(Caller.PUBLIC, "Public settings", answer=PublicSettings)
async def public_settings() -> Response:
    """What clients may want to know before they sign in; nothing that would help to get in."""
    settings = hub().settings
    return answer(
        PublicSettings(
            edition=EDITION,
            capsule_bus_enabled=settings.bus_enabled,
            password_min_length=passwords.SHORTEST,
            session_ttl_seconds=settings.session_seconds,
            request_max_bytes=BODY_BYTES,
            command_result_max_bytes=settings.result_bytes,
        )
    )


async def _database() -> DatabaseBody:
    try:
        seconds = await hub().store.ping()
    except StoreUnavailable:
        return DatabaseBody("DOWN", "sqlite", None)
    except Exception:
        # Whatever is wrong with it, the answer is not that the server has a defect.
        log.exception("The database cannot be read")
        return DatabaseBody("DOWN", "sqlite", None)
    status = "UP" if seconds <= SLOW_SECONDS else "DEGRADED"
    return DatabaseBody(status, "sqlite", round(seconds * 1000, 3))
