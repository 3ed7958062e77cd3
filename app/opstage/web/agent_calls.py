"""What agents call: registration, and everything else for those that cannot hold a socket."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from quart import Blueprint, Response, request

from opstage.core.reports import normal_runtime, report_problems
from opstage.core.rows import CommandRow, ResultBody, ServiceRow
from opstage.errors import Invalid
from opstage.hub import rows
from opstage.hub.jobs import Job
from opstage.hub.limits import Limits
from opstage.hub.members import Agent
from opstage.hub.reporting import code_taken
from opstage.hub.results import Told
from opstage.store.errors import ServiceTaken
from opstage.store.records import AgentIdentity
from opstage.web import guards
from opstage.web.envelope import answer
from opstage.web.guards import client_address, hub
from opstage.web.operation import Caller, operation
from opstage.web.values import AgentMode
from opstage_agent.wire import HealthInput, ReportedService

agent_calls = Blueprint("agent_calls", __name__, url_prefix="/api/agents")

HEARTBEAT_SECONDS = 30
POLL_SECONDS = 5
MOST_CLAIMED = 10
LONGEST_WAIT_SECONDS = 55.0
"""Longer polls would meet the time limits of proxies on the way."""

AgentCode = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
"""Any text on one line: agents of this level were never held to a pattern."""


class NewAgent(msgspec.Struct):
    """What an agent says of itself."""

    code: AgentCode
    name: Annotated[str, Meta(max_length=200)] | None = None
    mode: AgentMode = "embedded"
    runtime: Annotated[str, Meta(max_length=80)] | None = None


class Register(msgspec.Struct, rename="camel"):
    """A registration."""

    registration_token: Annotated[str, Meta(pattern="^opstage_reg_", max_length=200)]
    agent: NewAgent
    service: ReportedService | None = None


class Heartbeat(msgspec.Struct, rename="camel"):
    """A sign of life, and how one service is."""

    service_id: Annotated[str, Meta(pattern="^svc_")] | None = None
    health: HealthInput | None = None


class Report(msgspec.Struct):
    """Services, complete each."""

    services: Annotated[list[ReportedService], Meta(min_length=1)]


class Result(msgspec.Struct):
    """The outcome of a command."""

    success: bool
    message: str | None = None
    data: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class Intervals(msgspec.Struct, rename="camel", kw_only=True):
    """How often an agent that calls by REST is asked to call."""

    heartbeat_interval_seconds: int = HEARTBEAT_SECONDS
    command_poll_interval_seconds: int = POLL_SECONDS


class Registered(Intervals, kw_only=True):
    """The new identity; the token stands only here."""

    agent_id: str
    agent_token: str


class Beat(Intervals, kw_only=True):
    """The answer to a heartbeat. With ``rotateToken`` the agent shall fetch a new token."""

    rotate_token: bool


class FurtherToken(msgspec.Struct, rename="camel", kw_only=True):
    """A new agent token, which stands only here, and how long the old one goes on after its first use."""

    agent_token: str
    overlap_seconds: int


class Reported(msgspec.Struct):
    """The services as they are stored."""

    services: list[ServiceRow]


class PolledCommand(CommandRow, tag="command", frozen=True):
    """A command for its agent, with the raw payload."""

    payload: dict[str, Any]


@agent_calls.post("/register")
@operation(Caller.PUBLIC, "Registration", body=Register, answer=Registered, limit=Limits.registration)
async def register(body: Register) -> Response:
    """Trade a registration token for an identity."""
    hub().require_open()
    reported = [] if body.service is None else [body.service]
    _check(reported, "Registration", "service")
    identity = AgentIdentity(
        code=body.agent.code,
        name=body.agent.name,
        mode=body.agent.mode,
        runtime=normal_runtime(body.agent.runtime),
    )
    done = await hub().enrolment.register(
        body.registration_token, identity, reported, address=client_address(request)
    )
    return answer(Registered(agent_id=done.agent.id, agent_token=done.agent_token))


@agent_calls.post("/<agent_id>/heartbeat")
@operation(Caller.AGENT, "Heartbeat", body=Heartbeat, answer=Beat)
async def heartbeat(agent_id: str, body: Heartbeat) -> Response:
    """A sign of life."""
    agent = guards.agent()
    fleet = hub().fleet
    hub().measures.polled_heartbeats += 1
    _heard(agent)
    hub().transitions.heartbeat(agent.record)
    service = None if body.service_id is None else fleet.service(body.service_id)
    if service is not None and body.health is not None and service.record.agent_id == agent_id:
        fleet.health(agent, {service.record.code: body.health})
    return answer(Beat(rotate_token=agent.record.rotation_requested_at is not None))


@agent_calls.post("/<agent_id>/token")
@operation(Caller.AGENT, "Agent token", answer=FurtherToken)
async def rotate(agent_id: str) -> Response:
    """A further token; the present one goes on until the new one was used, and a while longer."""
    issued = await hub().rotation.issue(guards.agent(), guards.bearer(request) or "")
    return answer(FurtherToken(agent_token=issued.raw, overlap_seconds=issued.overlap_seconds))


@agent_calls.post("/<agent_id>/services/report")
@operation(Caller.AGENT, "Report", body=Report, answer=Reported)
async def report(agent_id: str, body: Report) -> Response:
    """What the agent's services are; all of it or nothing."""
    agent = guards.agent()
    _check(body.services, "Report", "services")
    try:
        taken = await hub().reporting.take_all(agent, body.services)
    except ServiceTaken as error:
        raise code_taken(error) from error
    _heard(agent)
    shown = [hub().fleet.service_row(each.id) for each in taken]
    return answer(Reported([row for row in shown if row is not None]))


@agent_calls.get("/<agent_id>/commands")
@operation(Caller.AGENT, "Poll", answer=list[PolledCommand])
async def poll(agent_id: str) -> Response:
    """Commands to run, now RUNNING. With ``wait`` seconds the call waits for the first."""
    agent = guards.agent()
    limit, wait = _number("limit") or MOST_CLAIMED, _number("wait")
    _heard(agent)
    limit = min(MOST_CLAIMED, max(1, limit))
    hub().measures.command_polls += 1
    jobs = await hub().dispatcher.claim(agent.record.id, limit, min(LONGEST_WAIT_SECONDS, max(0, wait)))
    return answer([_polled(job) for job in jobs])


def _heard(agent: Agent) -> None:
    hub().fleet.polled(agent)
    hub().dispatcher.heard(agent.record.id)


@agent_calls.post("/<agent_id>/commands/<command_id>/result")
@operation(Caller.AGENT, "Command result", body=Result, answer=ResultBody)
async def result(agent_id: str, command_id: str, body: Result) -> Response:
    """The outcome of a command."""
    told = Told(body.success, body.message, body.data, body.error)
    return answer(rows.result_body(await hub().dispatcher.settle(agent_id, command_id, None, told)))


def _number(name: str) -> int:
    """A parameter of the query; 0 if it is not there, or no number."""
    try:
        return int(float(request.args.get(name, "")))
    except (ValueError, OverflowError):
        return 0


def _check(reported: list[ReportedService], what: str, root: str) -> None:
    issues = report_problems(reported)
    if not issues:
        return
    own = "services.0" if root == "service" else root
    named = [(issue.path.replace(own, root, 1), issue.message) for issue in issues]
    raise Invalid.at(f"{what} validation failed.", *named)


def _polled(job: Job) -> PolledCommand:
    row = msgspec.structs.asdict(rows.command_row(job.record))
    return PolledCommand(**row, payload=job.record.payload)
