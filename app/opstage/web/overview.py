"""The server in numbers: dashboard, metrics, and what somebody who looks for a fault wants to know."""

from __future__ import annotations

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.durations import Durations, durations
from opstage.core.rows import AuditRow, CommandDetailRow
from opstage.hub import rows, tallies
from opstage.hub.policies import Maintenance
from opstage.hub.tallies import Commands
from opstage.store import audit, commands, statistics, users
from opstage.store.location import without_user
from opstage.store.records import CommandFilter, Paging
from opstage.store.statistics import Workspace
from opstage.web import runtime
from opstage.web.envelope import answer
from opstage.web.guards import hub
from opstage.web.operation import operation
from opstage.web.runtime import Memory

overview = Blueprint("overview", __name__, url_prefix="/api/admin")

EDITION = "CE"
"""In capitals here, unlike in ``system.py``: clients know both."""
RECENT = 10
SAMPLE = 1000
"""Commands that ended last, of which durations are told."""
TOP_ERRORS = 5

Counts = dict[str, int]


class Summary(msgspec.Struct, rename="camel", kw_only=True):
    """The dashboard. Counts are by stored status."""

    workspace: Workspace
    agent_counts: Counts
    service_counts: Counts
    command_counts: Counts
    audit_event_count: int
    recent_commands: list[CommandDetailRow]
    recent_audit_events: list[AuditRow]


class Totals(msgspec.Struct, rename="camel", kw_only=True):
    """How many of each there are."""

    users: int
    agents: int
    capsule_services: int
    registration_tokens: int
    commands: int
    audit_events: int


class ByStatus(msgspec.Struct, rename="camel", kw_only=True):
    """How many of each there are, by stored status."""

    agents: Counts
    capsule_services: Counts
    registration_tokens: Counts
    commands: Counts


class Operational(msgspec.Struct, rename="camel", kw_only=True):
    """What is going on. Polls and oversized results count since the process started."""

    agent_command_polls: int
    commands_dispatched: int
    commands_completed: int
    commands_failed: int
    action_prepare_requested: int
    action_prepare_timeouts: int
    action_prepare_failures: int
    oversized_command_results_rejected: int
    stale_online_agents: int


class ErrorCount(msgspec.Struct):
    """How many commands have this error code."""

    code: str
    count: int


class Metrics(msgspec.Struct, rename="camel", kw_only=True):
    """Everything that is counted."""

    workspace: Workspace
    totals: Totals
    by_status: ByStatus
    operational: Operational
    command_durations: Durations
    top_command_errors: list[ErrorCount]


class Config(msgspec.Struct, rename="camel", kw_only=True):
    """How the server is set up."""

    host: str
    port: int
    database_url: str
    static_dir: str
    backup_dir: str
    backup_interval_seconds: int
    """0: none are made by the clock."""
    backup_keep: int
    maintenance: Maintenance
    capsule_bus_enabled: bool


class Runtime(msgspec.Struct, rename="camel", kw_only=True):
    """The process. ``node`` is the version of what it runs on, as older consoles show it."""

    version: str
    edition: str
    node: str
    runtime: str
    python: str
    platform: str
    arch: str
    uptime_seconds: int
    pid: int
    memory: Memory
    config: Config


@overview.get("/dashboard/summary")
@operation(Capability.READ, "Dashboard", answer=Summary)
async def summary() -> Response:
    """What there is, and what happened last."""
    reader = hub().store.reader
    counted = hub().population.census()
    recent, _ = await commands.page(reader, CommandFilter(), Paging(page_size=RECENT))
    return answer(
        Summary(
            workspace=await statistics.workspace(reader),
            agent_counts=counted.agents,
            service_counts=counted.services,
            command_counts=(await hub().tallies.commands()).by_status,
            audit_event_count=await statistics.audit_total(reader),
            recent_commands=[rows.command_detail_row(each, None, 0) for each in recent],
            recent_audit_events=[rows.audit_row(each) for each in await audit.newest(reader, RECENT)],
        )
    )


@overview.get("/metrics")
@operation(Capability.READ, "Metrics", answer=Metrics)
async def metrics() -> Response:
    """Everything that is counted."""
    reader = hub().store.reader
    counted = hub().population.census()
    made = await hub().tallies.commands()
    tokens = await statistics.tokens_by_status(reader)
    return answer(
        Metrics(
            workspace=await statistics.workspace(reader),
            totals=Totals(
                users=await users.count(reader),
                agents=counted.agents.total(),
                capsule_services=counted.services.total(),
                registration_tokens=sum(tokens.values()),
                commands=made.total,
                audit_events=await statistics.audit_total(reader),
            ),
            by_status=ByStatus(
                agents=counted.agents,
                capsule_services=counted.services,
                registration_tokens=tokens,
                commands=made.by_status,
            ),
            operational=_operational(made, counted.silent),
            command_durations=durations(await statistics.durations(reader, SAMPLE)),
            top_command_errors=[ErrorCount(code, n) for code, n in made.top_errors(TOP_ERRORS)],
        )
    )


@overview.get("/diagnostics/runtime")
@operation(Capability.DIAGNOSE, "Diagnostics", answer=Runtime)
async def diagnostics() -> Response:
    """The process and how it is set up; no secrets."""
    settings = hub().settings
    return answer(
        Runtime(
            version=hub().version,
            edition=EDITION,
            uptime_seconds=int(hub().clock.now() - hub().started_at),
            memory=runtime.memory(),
            config=Config(
                host=settings.host,
                port=settings.port,
                database_url=without_user(settings.database),
                static_dir=str(settings.static_dir),
                backup_dir=str(settings.backups),
                backup_interval_seconds=settings.backup_seconds,
                backup_keep=settings.backups_kept,
                maintenance=hub().policies.current,
                capsule_bus_enabled=settings.bus_enabled,
            ),
            **runtime.process(),
        )
    )


def _operational(made: Commands, silent: int) -> Operational:
    measures, audits = hub().measures, hub().tallies.audits
    return Operational(
        agent_command_polls=measures.command_polls,
        commands_dispatched=audits(tallies.DISPATCHED),
        commands_completed=audits(tallies.COMPLETED),
        commands_failed=audits(tallies.FAILED),
        action_prepare_requested=audits(tallies.PREPARED),
        action_prepare_timeouts=made.ended_with(code="ACTION_PREPARE_TIMEOUT"),
        action_prepare_failures=made.ended_with(status="FAILED", kind="ACTION_PREPARE"),
        oversized_command_results_rejected=measures.oversized_results,
        stale_online_agents=silent,
    )
