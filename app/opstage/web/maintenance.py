"""What owners set while the server runs, and the sweep that follows it."""

from __future__ import annotations

from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.hub.policies import Maintenance, MaintenanceChange, MaintenanceSources
from opstage.hub.sweeper import SweepResult
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation

maintenance = Blueprint("maintenance", __name__, url_prefix="/api/admin")

WHAT = "Maintenance settings"


@maintenance.get("/settings/maintenance")
@operation(Capability.READ, WHAT, answer=Maintenance)
async def settings() -> Response:
    """The values in force: what was saved, else what the environment says."""
    return answer(hub().policies.current)


@maintenance.get("/settings/maintenance/sources")
@operation(Capability.READ, WHAT, answer=MaintenanceSources)
async def sources() -> Response:
    """Which of the values were saved, and what the environment says of all of them."""
    return answer(hub().policies.sources)


@maintenance.patch("/settings/maintenance")
@operation(Capability.ADMINISTER, WHAT, body=MaintenanceChange, answer=Maintenance)
async def change(body: MaintenanceChange) -> Response:
    """Save any of the values, or with null none any more; they count at once, and after a restart."""
    return answer(await hub().policies.change(body, actor()))


@maintenance.post("/maintenance/run")
@operation(Capability.OPERATE, "Maintenance", answer=SweepResult)
async def run() -> Response:
    """Sweep now; what it did."""
    return answer(await hub().sweeper.sweep_for(actor()))
