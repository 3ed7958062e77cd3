"""``GET /metrics``: the state of the server in the text format of Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.web.exposition import HubCollector
from opstage.web.guards import METRICS, hub
from opstage.web.operation import operation

metrics = Blueprint("metrics", __name__)

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@metrics.get(METRICS)
@operation(Capability.READ, "Metrics", media="text/plain")
async def scrape() -> Response:
    """All metrics as they are now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(HubCollector(hub()))
    response = Response(generate_latest(registry), content_type=TEXT_FORMAT)
    response.headers["Cache-Control"] = "no-store"
    return response
