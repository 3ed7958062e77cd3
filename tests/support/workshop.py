"""A small service with the real agent library whose actions end in every way there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta
from tests.support.server import Operator, Server
from tests.support.waiting import until

from opstage_agent import Agent, Context, Prepared

KEY = "wk-canary-1234"
GUESTS = 25


@asynccontextmanager
async def workshop(server: Server, owner: Operator, code: str, folder: Path) -> AsyncIterator[str]:
    """The id of the service, while its agent is there."""
    agent = build(code, server.url, await owner.registration_token(code), folder / f"{code}.json")
    async with agent:
        yield str((await until(lambda: owner.service(code), f"service {code}"))["id"])


def build(code: str, url: str, token: str, token_file: Path) -> Agent:
    """The agent and its actions."""
    agent = Agent(code, name=code.title(), url=url, registration_token=token, token_file=token_file)
    agent.action(label="New key")(new_key)
    agent.action(label="Write much")(write_much)
    agent.action(label="Wait")(wait_long)
    agent.action(label="Log in")(log_in)
    agent.action(label="Break", danger="HIGH", confirm=True)(break_down)
    agent.action(label="Guests")(guests)
    agent.action(label="Greet", category="row-action")(greet)
    agent.action(label="Order")(order).prepare(loosened)
    return agent


async def new_key() -> dict[str, Any]:
    """Hands over a new credential."""
    return {"generatedKey": KEY, "name": "for the workshop"}


async def write_much(ctx: Context, lines: int = 10_000) -> dict[str, Any]:
    """Writes so many lines, every hundredth of them to the log."""
    for number in range(lines):
        if number % 100:
            print(f"line {number} of the flood")
        else:
            ctx.log(f"needle {number}")
        if number % 500 == 0:
            await asyncio.sleep(0)
    return {"lines": lines}


async def wait_long(ctx: Context) -> None:
    """Tells that it is half done, and waits to be cancelled."""
    await ctx.progress(50, "half way")
    await asyncio.sleep(600)


async def log_in(user: str, password: str) -> None:
    """Never succeeds."""
    raise RuntimeError("wrong password")


async def break_down() -> None:
    """Fails, as told."""
    raise RuntimeError("told to fail")


async def guests(greeted: bool = False) -> dict[str, Any]:
    """Everybody who is there."""
    rows = [
        {"id": number, "name": f"Guest {number}", "bytes": 1536 * number} for number in range(1, GUESTS + 1)
    ]
    columns = [{"key": "name", "label": "Name"}, {"key": "bytes", "label": "Size", "format": "bytes"}]
    greeting = {"label": "Greet", "action": "greet", "payload": {"name": "$row.name", "__detail": "$row"}}
    return {"list": {"title": "Guests", "data": rows, "columns": columns, "rowActions": [greeting]}}


async def greet(name: str) -> dict[str, Any]:
    """Says hello."""
    return {"greeting": f"Hello, {name}"}


async def order(pieces: Annotated[int, Meta(ge=1, le=5)] = 1) -> dict[str, Any]:
    """Takes at most five."""
    return {"ordered": pieces}


async def loosened() -> Prepared:
    """A form that asks for more than the catalogue, and minds less."""
    properties = {
        "pieces": {"type": "integer", "title": "Pieces"},
        "colour": {"type": "string", "title": "Colour"},
    }
    return Prepared(overlay={"inputSchema": {"type": "object", "properties": properties}})
