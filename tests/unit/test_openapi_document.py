"""The description of the calls is made once."""

from __future__ import annotations

from quart import Blueprint, Quart, Response

from opstage.web.openapi import Provider, install_openapi
from opstage.web.operation import Caller, operation

calls = Blueprint("calls", __name__)


@calls.get("/api/system/hello")
@operation(Caller.PUBLIC, "Hello", answer=dict[str, str])
async def hello() -> Response:
    """Say hello."""
    return Response("{}")


async def test_asking_again_makes_nothing_anew() -> None:
    app = Quart(__name__)
    app.register_blueprint(calls)
    install_openapi(app, "1.0")
    provider = app.extensions["QUART_SCHEMA"].openapi_provider
    assert isinstance(provider, Provider)

    client = app.test_client()
    first = await (await client.get("/openapi.json")).get_json()
    made = provider.schema()
    second = await (await client.get("/openapi.json")).get_json()

    assert first == second
    assert list(first["paths"]) == ["/api/system/hello"]
    assert provider.schema() is made
