"""Runs: one action on many services."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import RunPreviewBody, RunRow, RunTargetRow
from opstage.errors import Invalid
from opstage.hub import rows
from opstage.hub.run_drafts import RunOrder
from opstage.hub.run_targets import MOST_TARGETS, Choice
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.idempotency import idempotency_key
from opstage.web.labels import SelectorText, selector_of
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import ActionName, ServiceId

runs = Blueprint("runs", __name__, url_prefix="/api/admin/runs")

WHAT = "Run"
MOST_AT_ONCE = 50
AT_ONCE = 5
ServiceIds = Annotated[list[ServiceId], Meta(min_length=1, max_length=MOST_TARGETS)]
RunState = Literal["RUNNING", "SUCCEEDED", "FAILED", "STOPPED"]
TargetState = Literal[
    "WAITING", "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "EXPIRED", "CANCELLED", "SKIPPED"
]


class RunQuery(PageQuery, kw_only=True):
    """Which runs."""

    status: tuple[RunState, ...] = ()
    action_name: tuple[ActionName, ...] = ()
    sort: Literal["createdAt", "-createdAt"] = "-createdAt"


class TargetQuery(PageQuery, kw_only=True):
    """Which targets."""

    status: tuple[TargetState, ...] = ()


class _Choosing(msgspec.Struct, rename="camel", kw_only=True):
    """Which services: one of the two."""

    service_ids: ServiceIds | None = None
    selector: SelectorText | None = None

    @property
    def choice(self) -> Choice:
        """As the hub takes it. Raises Invalid unless it is one of the two, and one that can be read."""
        if (self.service_ids is None) == (self.selector is None):
            text = "Expected either serviceIds or selector."
            raise Invalid.at(f"{WHAT} validation failed.", ("serviceIds", text))
        return Choice(self.service_ids, selector_of(self.selector, WHAT))


class NewRun(_Choosing, kw_only=True):
    """One action, its input, and that the operator means it; ``concurrency``: so many at a time."""

    action_name: ActionName
    payload: dict[str, Any] = {}
    confirmation: bool = False
    concurrency: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = AT_ONCE
    stop_after_failures: Annotated[int, Meta(ge=1, le=MOST_TARGETS)] | None = None


class RunPreview(_Choosing, kw_only=True):
    """As much of a run as is known already."""

    action_name: ActionName | None = None
    payload: dict[str, Any] | None = None


class StopRun(msgspec.Struct, rename="camel"):
    """Whether what runs is to be cancelled, too."""

    cancel_running: bool = False


@runs.get("")
@operation(Capability.READ, WHAT, query=RunQuery, answer=RunRow, listed=True)
async def page(query: RunQuery) -> Response:
    """A page of runs, newest first."""
    paging = query.paging(query.sort)
    found, total = await hub().run_views.page(
        status=query.status, action_name=query.action_name, paging=paging
    )
    return page_of([rows.run_row(each) for each in found], total, paging)


@runs.post("")
@operation(Capability.OPERATE, WHAT, body=NewRun, answer=RunRow)
async def create(body: NewRun) -> Response:
    """Run an action on many services: answers the run that will do it."""
    order = RunOrder(
        action_name=body.action_name,
        choice=body.choice,
        payload=body.payload,
        confirmed=body.confirmation,
        concurrency=body.concurrency,
        stop_after_failures=body.stop_after_failures,
    )
    return answer(rows.run_row(await hub().runs.create(order, actor(), idempotency_key())))


@runs.post("/preview")
@operation(Capability.OPERATE, WHAT, body=RunPreview, answer=RunPreviewBody)
async def preview(body: RunPreview) -> Response:
    """What a run would do; nothing is changed."""
    return answer(await hub().run_targets.preview(body.choice, body.action_name, body.payload))


@runs.get("/<run_id>")
@operation(Capability.READ, WHAT, answer=RunRow)
async def detail(run_id: str) -> Response:
    """One run."""
    return answer(rows.run_row(await hub().run_views.get(run_id)))


@runs.get("/<run_id>/targets")
@operation(Capability.READ, WHAT, query=TargetQuery, answer=RunTargetRow, listed=True)
async def targets(run_id: str, query: TargetQuery) -> Response:
    """A page of the services of a run, in the order of their turns."""
    paging = query.paging("position")
    found, total = await hub().run_views.targets(run_id, status=query.status, paging=paging)
    return page_of([rows.run_target_row(each) for each in found], total, paging)


@runs.post("/<run_id>/stop")
@operation(Capability.OPERATE, WHAT, body=StopRun, answer=RunRow)
async def stop(run_id: str, body: StopRun) -> Response:
    """Start no more of it."""
    run = await hub().runs.stop(run_id, actor(), cancel_running=body.cancel_running)
    return answer(rows.run_row(run))
