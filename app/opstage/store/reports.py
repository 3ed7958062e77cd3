"""What agents say of their services, made durable: redacted, compared, and written only where it differs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from typing import Any

import msgspec
from msgspec.structs import replace

from opstage.core.ids import new_id
from opstage.core.redaction import redact
from opstage.core.selector import labels_of
from opstage.core.status import stored_status
from opstage.store import audit, catalogue, health
from opstage.store.errors import ServiceTaken
from opstage.store.listing import Where
from opstage.store.mapping import Mapping, to_json
from opstage.store.records import (
    DEFAULT_WORKSPACE,
    Actor,
    AuditDraft,
    HealthRecord,
    SavedHealth,
    SavedService,
    ServiceRecord,
)
from opstage.store.tx import Tx
from opstage_agent.wire import HealthInput, ReportedService

TABLE = Mapping(ServiceRecord, "capsule_services")
_INSERT = TABLE.insert("workspace_id", "manifest_json", "health_digest")
_SHOWN = frozenset(
    (
        *("agent_id", "name", "description", "version", "runtime", "status", "status_since"),
        *("health_status", "health_message", "last_reported_at", "last_health_at", "digest", "updated_at"),
        "retired_at",
    )
)
_UPDATE = f"UPDATE capsule_services SET {TABLE.assignments(_SHOWN)}, health_digest = ? WHERE id = ?"  # noqa: S608
_MORE = ", t.health_digest, (SELECT MAX(h.reported_at) FROM health_reports AS h WHERE h.service_id = t.id)"
_CHUNK = 5000
"""Values in one statement; SQLite takes 32,766."""
_digesting = msgspec.json.Encoder(order="sorted")


def _never(_agent_id: str) -> bool:
    return False


class _Known(msgspec.Struct, frozen=True):
    """A stored service and what is needed to see whether its health is news."""

    service: ServiceRecord
    health_digest: str
    noted_at: str | None


class _Next(msgspec.Struct):
    """What a service becomes."""

    service: ServiceRecord
    health_digest: str
    entry: HealthRecord | None
    changed: bool


def digest_of(reported: ReportedService) -> str:
    """Equal for two reports that differ in nothing but the health."""
    return _digest(_redacted(reported))


async def save_report(
    tx: Tx,
    *,
    agent_id: str,
    agent_code: str,
    services: Sequence[ReportedService],
    now: float,
    allow_takeover: Callable[[str], bool] = _never,
) -> list[SavedService]:
    """Stores complete reports of services that have passed ``core.reports``; all or nothing.

    Manifest and health details are redacted first. Configuration and actions are replaced as a set
    when the report differs from the one before. ServiceTaken: a code belongs to another agent for
    which ``allow_takeover(that agent's id)`` is not true. First reports and changes are audited.
    """
    known = await _load(tx, "t.code", [said.code for said in services])
    by_code = {entry.service.code: entry for entry in known}
    saver = _Saver(tx, Actor(type="AGENT", id=agent_id, name=agent_code), now)
    saved = []
    for said in services:
        entry = by_code.get(said.code)
        owner = entry.service.agent_id if entry is not None else agent_id
        if owner != agent_id and not allow_takeover(owner):
            raise ServiceTaken(said.code, owner)
        saved.append(saver.take(_redacted(said), entry))
    await saver.write()
    return saved


async def save_healths(tx: Tx, said: Map[str, Map[str, HealthInput]], now: float) -> list[SavedHealth]:
    """Stores health by agent and service id: three statements, however many there are.

    Services that are not the agent's are left alone.
    """
    wanted = [service_id for each in said.values() for service_id in each]
    saver = _Saver(tx, Actor(type="AGENT"), now)
    saved = []
    for known in await _load(tx, "t.id", wanted):
        found = said.get(known.service.agent_id, {}).get(known.service.id)
        if found is not None:
            saved.append(saver.take_health(known, found))
    await saver.write()
    return saved


class _Saver:
    """Gathers what several services become, and writes it with one statement per kind."""

    def __init__(self, tx: Tx, actor: Actor, now: float) -> None:
        self._tx = tx
        self._actor = actor
        self._now = now
        self._new: list[tuple[_Next, str]] = []
        self._updated: list[_Next] = []
        self._manifests: list[tuple[str, str, str]] = []
        self._catalogues: list[tuple[str, ReportedService]] = []

    def take(self, said: ReportedService, known: _Known | None) -> SavedService:
        """One service of a report."""
        digest = _digest(said)
        if known is None:
            return self._create(said, digest)
        before = known.service
        moved = before.agent_id != self._actor.id
        news = digest != before.digest or moved
        service = replace(
            before,
            agent_id=self._actor.id or before.agent_id,
            name=said.name,
            description=said.description,
            version=said.version,
            runtime=said.runtime,
            digest=digest,
            labels=labels_of(said.manifest),
            last_reported_at=self._now,
            retired_at=None,
        )
        following = self._with_health(service, said.health, known)
        following.changed |= news or before.retired_at is not None
        self._stamp(following)
        self._updated.append(following)
        if digest != before.digest:
            self._catalogues.append((service.id, said))
            self._manifests.append((to_json(said.manifest), to_json(service.labels), service.id))
        previous = before.agent_id if moved else None
        if before.retired_at is not None:
            self._record("service.restored", following.service, {})
        self._audit(following.service, news, previous)
        return SavedService(
            service=following.service, changed=following.changed, created=False, previous_agent_id=previous
        )

    def take_health(self, known: _Known, said: HealthInput) -> SavedHealth:
        """One health outside a report."""
        redacted = _redacted_health(said)
        following = self._with_health(known.service, redacted, known)
        self._stamp(following)
        self._updated.append(following)
        return SavedHealth(service=following.service, changed=following.changed)

    async def write(self) -> None:
        """Stores everything taken."""
        tx = self._tx
        await tx.execute_many(
            _INSERT,
            [
                [*TABLE.values(each.service), DEFAULT_WORKSPACE, manifest, each.health_digest]
                for each, manifest in self._new
            ],
        )
        await tx.execute_many(
            _UPDATE,
            [
                [*TABLE.values(each.service, _SHOWN), each.health_digest, each.service.id]
                for each in self._updated
            ],
        )
        await tx.execute_many(
            "UPDATE capsule_services SET manifest_json = ?, labels_json = ? WHERE id = ?", self._manifests
        )
        if self._catalogues:
            await catalogue.replace_all(tx, self._catalogues, self._now)
        entries = [*self._updated, *(each for each, _ in self._new)]
        await health.append(tx, [each.entry for each in entries if each.entry is not None])

    def _create(self, said: ReportedService, digest: str) -> SavedService:
        service = ServiceRecord(
            id=new_id("svc"),
            agent_id=self._actor.id or "",
            code=said.code,
            name=said.name,
            description=said.description,
            version=said.version,
            runtime=said.runtime,
            status="UNKNOWN",
            status_since=self._now,
            health_status="UNKNOWN",
            health_message=None,
            last_reported_at=self._now,
            last_health_at=None,
            digest=digest,
            labels=labels_of(said.manifest),
            operator_labels={},
            created_at=self._now,
            updated_at=self._now,
        )
        following = self._with_health(service, said.health, None)
        self._new.append((following, to_json(said.manifest)))
        self._catalogues.append((service.id, said))
        self._audit(following.service, True, None)
        return SavedService(service=following.service, changed=True, created=True)

    def _with_health(self, service: ServiceRecord, said: HealthInput | None, known: _Known | None) -> _Next:
        status = stored_status(said.status if said else None).value
        after = replace(
            service,
            status=status,
            status_since=service.status_since if status == service.status else self._now,
            health_status=said.status.value if said else "UNKNOWN",
            health_message=said.message if said else None,
            last_health_at=self._now if said else service.last_health_at,
        )
        digest = _health_digest(said)
        news = known is None or digest != known.health_digest
        shown = news or (after.status, after.health_status) != (service.status, service.health_status)
        entry = self._entry(after, said) if said and (news or self._due(known)) else None
        return _Next(after, digest, entry, shown)

    def _due(self, known: _Known | None) -> bool:
        if known is None or known.noted_at is None:
            return True
        return known.noted_at <= health.unchanged_since(self._now)

    def _entry(self, service: ServiceRecord, said: HealthInput) -> HealthRecord:
        return HealthRecord(
            id=health.entry_id(self._now),
            service_id=service.id,
            agent_id=service.agent_id,
            status=said.status.value,
            message=said.message,
            details=said.details or {},
            reported_at=self._now,
            created_at=self._now,
        )

    def _stamp(self, following: _Next) -> None:
        if following.changed:
            following.service = replace(following.service, updated_at=self._now)

    def _audit(self, service: ServiceRecord, news: bool, previous_agent_id: str | None) -> None:
        if previous_agent_id is not None:
            self._record("capsuleService.reassigned", service, {"previousAgentId": previous_agent_id})
        if news:
            self._record("service.reported", service, {"version": service.version} if service.version else {})

    def _record(self, action: str, service: ServiceRecord, metadata: dict[str, Any]) -> None:
        event = AuditDraft(
            action=action,
            actor=self._actor,
            target_type="CapsuleService",
            target_id=service.id,
            target_name=service.code,
            metadata=metadata,
        )
        audit.record(self._tx, event, self._now)


async def _load(tx: Tx, column: str, values: Sequence[str]) -> list[_Known]:
    found: list[_Known] = []
    for start in range(0, len(values), _CHUNK):
        where = Where().any_of(column, values[start : start + _CHUNK])
        rows = await tx.rows(TABLE.select(where.sql, more=_MORE), *where.values)
        found.extend(_Known(TABLE.read(row), row[TABLE.width], row[TABLE.width + 1]) for row in rows)
    return found


def _redacted(said: ReportedService) -> ReportedService:
    return replace(
        said,
        manifest=redact(said.manifest),
        configs=catalogue.without_secrets(said.configs),
        health=None if said.health is None else _redacted_health(said.health),
    )


def _redacted_health(said: HealthInput) -> HealthInput:
    return said if not said.details else replace(said, details=redact(said.details))


def _digest(said: ReportedService) -> str:
    return hashlib.sha256(_digesting.encode(replace(said, health=None))).hexdigest()


def _health_digest(said: HealthInput | None) -> str:
    return "" if said is None else hashlib.sha256(_digesting.encode(said)).hexdigest()
