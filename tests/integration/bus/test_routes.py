"""Routes as people make them."""

from __future__ import annotations

import pytest
from tests.support.publisher import (
    audits,
    kind,
    put,
    route_body,
    unique,
)
from tests.support.server import Operator, Refused, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


# --- routes ----------------------------------------------------------------------------------------


async def test_a_route_is_made_read_replaced_and_deleted(owner: Operator) -> None:
    event = kind()
    body = route_body(event, "later", description="first", metadata={"team": "a"}, inputMapping={"x": "a.b"})
    del body["status"]

    made = await owner.post("/api/admin/bus/routes", body)
    assert made == body | {
        "id": made["id"],
        "status": "DISABLED",
        "allowDangerous": False,
        "createdAt": made["createdAt"],
        "updatedAt": made["updatedAt"],
        "experimental": "v0.4-experimental",
    }
    path = f"/api/admin/bus/routes/{made['id']}"
    assert made["id"].startswith("brt_") and await owner.get(path) == made

    after = await put(owner, path, route_body(event, "other", "run", name="Second", allowDangerous=True))
    assert (after["name"], after["status"], after["inputMapping"], after["allowDangerous"]) == (
        *("Second", "ENABLED", {}, True),
    )
    assert "description" not in after and after["createdAt"] == made["createdAt"]
    assert await owner.get(path) == after

    assert await owner.delete(path) == after
    for call in (owner.get(path), owner.delete(path), put(owner, path, body)):
        with pytest.raises(Refused, match="BUS_ROUTE_NOT_FOUND"):
            await call
    assert [action for action, _ in await audits(owner, eventType=event)] == [
        "bus.route.created",
        "bus.route.updated",
        "bus.route.deleted",
    ]
    before = {"eventType": event, "targetServiceCode": "later", "actionName": "echo", "status": "DISABLED"}
    changed = {"targetServiceCode": "other", "actionName": "run", "status": "ENABLED", "before": before}
    assert await audits(owner, eventType=event, allowDangerous=True, **changed) == [
        ("bus.route.updated", "SUCCESS")
    ]


async def test_routes_are_listed_newest_first_and_marked_experimental(owner: Operator) -> None:
    made = [await owner.post("/api/admin/bus/routes", route_body("list.me", "later")) for _ in range(3)]

    listed = (await owner.client.get("/api/admin/bus/routes")).json()

    ids = [each["id"] for each in listed["data"]]
    assert [each for each in ids if each in {route["id"] for route in made}] == [
        each["id"] for each in reversed(made)
    ]
    assert listed["experimental"] == "v0.4-experimental"
    assert "pagination" not in listed


async def test_every_bad_field_of_a_route_is_named(owner: Operator) -> None:
    body = route_body("NotAType", "", "", name="", status="ON", inputMapping=[], metadata=5)

    with pytest.raises(Refused) as refused:
        await owner.post("/api/admin/bus/routes", body)

    assert refused.value.status == 422
    assert refused.value.issues == {
        *("name", "status", "match.eventType", "target.serviceCode", "target.actionName"),
        *("inputMapping", "metadata"),
    }


async def test_expressions_that_cannot_be_are_named_by_their_keys(owner: Operator) -> None:
    mapping = {"fine": "payload.a", "odd": "$.payload.a", "bomb": "|".join(["[@,@]"] * 20), "n": 5}

    with pytest.raises(Refused) as refused:
        await owner.post("/api/admin/bus/routes", route_body("a.b", "later", inputMapping=mapping))

    assert refused.value.issues == {"inputMapping.odd", "inputMapping.bomb"}


async def test_viewers_read_the_bus_and_change_nothing(bus: Server, owner: Operator) -> None:
    name, password = unique("viewer"), "a long enough password"
    await owner.post("/api/admin/users", {"username": name, "password": password, "role": "viewer"})
    made = await owner.post("/api/admin/bus/routes", route_body("view.only", "later"))

    async with bus.client() as client:
        viewer = Operator(client)
        await viewer.sign_in(name, password)
        for path in ("events", "audit", "routes", f"routes/{made['id']}"):
            await viewer.get(f"/api/admin/bus/{path}")
        for call in (
            viewer.post("/api/admin/bus/routes", {}),
            put(viewer, f"/api/admin/bus/routes/{made['id']}", {}),
            viewer.delete(f"/api/admin/bus/routes/{made['id']}"),
        ):
            with pytest.raises(Refused, match="403"):
                await call
