"""Labels that operators set, and the selectors that lists are narrowed with."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.rows import AgentRow, ServiceRow
from opstage.core.selector import SELECTOR_CHARACTERS, Selector, SelectorError, parse
from opstage.errors import Invalid
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage_agent.wire import Labels

labels = Blueprint("labels", __name__, url_prefix="/api/admin")

SelectorText = Annotated[str, Meta(min_length=1, max_length=SELECTOR_CHARACTERS)]
"""Conditions on labels, as ``core/selector.py`` reads them."""


class NewLabels(msgspec.Struct):
    """All labels that operators give; those left out are gone."""

    labels: Labels


def selector_of(text: str | None, what: str) -> Selector | None:
    """The selector of a query or body; None if there is none. Raises Invalid at ``selector``."""
    if text is None:
        return None
    try:
        return parse(text)
    except SelectorError as error:
        raise Invalid.at(f"{what} validation failed.", ("selector", str(error))) from error


@labels.put("/agents/<agent_id>/labels")
@operation(Capability.OPERATE, "Labels", body=NewLabels, answer=AgentRow)
async def label_agent(agent_id: str, body: NewLabels) -> Response:
    """Replace the labels that operators gave the agent."""
    agent = await hub().labelling.label_agent(agent_id, body.labels, actor())
    return answer(hub().fleet.agent_row(agent))


@labels.put("/capsule-services/<service_id>/labels")
@operation(Capability.OPERATE, "Labels", body=NewLabels, answer=ServiceRow)
async def label_service(service_id: str, body: NewLabels) -> Response:
    """Replace the labels that operators gave the service."""
    await hub().labelling.label_service(service_id, body.labels, actor())
    return answer(hub().fleet.service_row(service_id))
