"""The actions of all services together, so that one can be found by its name."""

from __future__ import annotations

from typing import Literal

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.hub.fleet import Fleet
from opstage.store import services as stored
from opstage.store.records import ActionRecord
from opstage.web.guards import hub
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of
from opstage.web.values import SearchText

catalogue = Blueprint("catalogue", __name__, url_prefix="/api/admin/actions")


class ActionQuery(PageQuery, kw_only=True):
    """Which actions: ``q`` is in the name or the label."""

    q: SearchText | None = None
    sort: Literal["label", "-label", "name", "-name"] = "label"


class OfferedAction(msgspec.Struct, rename="camel"):
    """An action and the service that offers it."""

    service_id: str
    service_code: str
    service_name: str
    name: str
    label: str
    danger_level: str


@catalogue.get("")
@operation(Capability.READ, "Action", query=ActionQuery, answer=OfferedAction, listed=True)
async def page(query: ActionQuery) -> Response:
    """A page of the actions that services in use offer."""
    paging = query.paging(query.sort)
    found, total = await stored.offered(hub().store.reader, query.q, paging)
    shown = [row for each in found if (row := _row(hub().fleet, each)) is not None]
    return page_of(shown, total, paging)


def _row(fleet: Fleet, action: ActionRecord) -> OfferedAction | None:
    service = fleet.service_row(action.service_id)
    if service is None:
        return None
    return OfferedAction(
        service_id=service.id,
        service_code=service.code,
        service_name=service.name,
        name=action.name,
        label=action.label,
        danger_level=action.danger_level,
    )
