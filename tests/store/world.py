"""Things tests need to exist before they can ask for what they are about."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from opstage.store import Reader, Store, agents, commands, services, tokens, users
from opstage.store.records import (
    SYSTEM,
    AgentIdentity,
    CommandDraft,
    CommandRecord,
    Registration,
    SavedService,
    ServiceRecord,
    UserRecord,
)
from opstage_agent.wire import ActionInput, ConfigInput, HealthInput, HealthStatus, ReportedService

NOW = 1_800_000_000.25


def outside(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """What somebody else sees who opens the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


def everything(path: Path) -> bytes:
    """All bytes on the disk, those not yet moved from the log included."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


async def enrolled(store: Store, code: str = "agent-1", now: float = NOW) -> Registration:
    """A registered agent."""
    _, raw = await store.write(
        lambda tx: tokens.create(tx, name="test", expires_at=None, actor=SYSTEM, now=now)
    )
    identity = AgentIdentity(code=code, name=code.title(), runtime="python")
    return await store.write(lambda tx: agents.register(tx, raw_token=raw, agent=identity, now=now))


def reported(
    code: str = "billing", status: HealthStatus | None = HealthStatus.UP, **more: Any
) -> ReportedService:
    """A complete report of a small service."""
    fields: dict[str, Any] = {
        "name": code.title(),
        "manifest": {"kind": "worker"},
        "health": None if status is None else HealthInput(status=status, message="fine"),
        "configs": [ConfigInput(key="interval", type="number", value_preview="60")],
        "actions": [ActionInput(name="checkNow", label="Check now")],
    }
    return ReportedService(code=code, **(fields | more))


async def save(
    store: Store, owner: Registration, said: Sequence[ReportedService], now: float = NOW, **more: Any
) -> list[SavedService]:
    """Stores a report of an agent."""
    agent = owner.agent
    return await store.write(
        lambda tx: services.save_report(
            tx, agent_id=agent.id, agent_code=agent.code, services=said, now=now, **more
        )
    )


async def serving(store: Store, code: str = "billing") -> tuple[Registration, ServiceRecord]:
    """A registered agent with one reported service."""
    owner = await enrolled(store, f"{code}-agent")
    (saved,) = await save(store, owner, [reported(code)])
    return owner, saved.service


async def signed_up(store: Store, username: str = "ann", role: str = "owner") -> UserRecord:
    """A user."""
    return await store.write(
        lambda tx: users.create(
            tx, username=username, password_hash="hash", display_name=None, role=role, now=NOW
        )
    )


def draft(owner: Registration, service: ServiceRecord, **more: Any) -> CommandDraft:
    """A command for a service."""
    fields: dict[str, Any] = {
        "agent_id": owner.agent.id,
        "agent_code": owner.agent.code,
        "service_id": service.id,
        "service_code": service.code,
        "service_name": service.name,
        "type": "ACTION_EXECUTE",
        "action_name": "checkNow",
        "action_label": "Check now",
        "payload": {"depth": 1},
    }
    return CommandDraft(**(fields | more))


async def commanded(store: Store, now: float = NOW, **more: Any) -> CommandRecord:
    """A PENDING command for a service of its own."""
    owner, service = await serving(store)
    return await store.write(lambda tx: commands.create(tx, draft(owner, service, **more), now=now))


class RecordingReader(Reader):
    """Remembers the statements it ran."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.reader._client)
        self.statements: list[tuple[str, tuple[Any, ...]]] = []

    async def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        self.statements.append((sql, values))
        return await super().rows(sql, *values)
