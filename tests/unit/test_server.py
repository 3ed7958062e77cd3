"""How long a start may take."""

from __future__ import annotations

import asyncio

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart
from tests.support.server import free_port

from opstage.server import server_config


async def test_a_start_takes_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Config, "startup_timeout", 0.05)
    app, started = Quart("slow"), asyncio.Event()

    @app.before_serving
    async def slow() -> None:
        await asyncio.sleep(0.5)

    async def at_once() -> None:
        started.set()

    await serve(app, server_config("127.0.0.1", free_port(), 1000), shutdown_trigger=at_once)
    assert started.is_set()
