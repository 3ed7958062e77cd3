"""A fleet to look at: small services of a made-up company, in all states, that answer commands."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from tests.support.raw_agent import RawAgent, connected, register
from tests.support.server import Operator, Server
from websockets.exceptions import ConnectionClosed

HEARTBEAT_SECONDS = 5.0
KINDS = (
    ("mail-relay", "Mail relay", "messaging", "12 messages on their way"),
    ("sms-gateway", "SMS gateway", "messaging", "credit for 4,120 messages"),
    ("invoice-export", "Invoice export", "billing", "last export of 312 invoices"),
    ("rate-feed", "Exchange rate feed", "billing", "34 rates, none older than a minute"),
    ("thumbnailer", "Thumbnailer", "media", "queue empty"),
    ("ocr-worker", "OCR worker", "media", "3 pages a second"),
    ("crm-sync", "CRM sync", "sales", "in step since 06:00"),
    ("geo-cache", "Geo cache", "platform", "hit rate 97 %"),
)
"""Code, name, team, and what it says of itself."""
PLACES = (("prod", "eu"), ("prod", "us"), ("prod", "ap"), ("staging", "eu"), ("staging", "us"))
TROUBLE = {
    "mail-relay-prod-us": ("DOWN", "the relay host refuses connections"),
    "rate-feed-prod-ap": ("DEGRADED", "one of two sources is silent"),
    "ocr-worker-staging-us": ("DEGRADED", "model is loading"),
    "crm-sync-staging-eu": ("UNKNOWN", "not yet checked"),
}
GONE = ("staging", "us")
"""The place whose agent stopped."""
FAILS = "sms-gateway-prod-ap"
"""The one on which the action fails."""
ACTIONS: list[dict[str, Any]] = [
    {
        "name": "flushCache",
        "label": "Flush the cache",
        "description": "Forgets what it has kept; the next calls are slower.",
        "dangerLevel": "MEDIUM",
        "requiresConfirmation": True,
        "category": "item-management",
        "inputSchema": {
            "type": "object",
            "required": ["scope"],
            "properties": {
                "scope": {
                    "type": "string",
                    "title": "What to forget",
                    "enum": ["all", "expired"],
                    "enumLabels": ["Everything", "What is too old"],
                    "default": "expired",
                },
                "olderThanMinutes": {
                    "type": "integer",
                    "title": "Older than (minutes)",
                    "minimum": 1,
                    "default": 30,
                },
            },
        },
    },
    {"name": "selfTest", "label": "Test itself", "description": "Reads only.", "category": "diagnostics"},
    {
        "name": "restart",
        "label": "Restart",
        "description": "Breaks what is under way.",
        "dangerLevel": "HIGH",
        "requiresConfirmation": True,
        "category": "advanced",
    },
]


def service(kind: tuple[str, str, str, str], place: tuple[str, str]) -> dict[str, Any]:
    """What the service of this kind reports at this place."""
    code, name, team, well = kind
    env, region = place
    full = f"{code}-{env}-{region}"
    status, message = TROUBLE.get(full, ("UP", well))
    return {
        "code": full,
        "name": f"{name} {region.upper()}{'' if env == 'prod' else ' (staging)'}",
        "version": "2.4.1" if env == "prod" else "2.5.0-rc1",
        "runtime": "python",
        "manifest": {"labels": {"team": team}},
        "health": {"status": status, "message": message},
        "actions": ACTIONS,
    }


@asynccontextmanager
async def troupe(server: Server, owner: Operator) -> AsyncIterator[None]:
    """An agent in each place, with a service of every kind."""
    tasks = [asyncio.create_task(_place(server, owner, place)) for place in PLACES]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _place(server: Server, owner: Operator, place: tuple[str, str]) -> None:
    env, region = place
    code = f"host-{env}-{region}"
    _, token = await register(server, owner, code)
    async with connected(server, token) as agent:
        await agent.say(
            type="hello",
            instance="one",
            sdk={"name": "opstage-agent", "version": "0.4.0"},
            runtime="python",
            hostname=f"{region}-{env}-1.example.net",
            labels={"env": env, "region": region},
            services=[service(kind, place) for kind in KINDS],
            running=[],
            finished=[],
        )
        await agent.hear("welcome")
        if place == GONE:
            await agent.say(type="bye", reason="maintenance")
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_beat(agent))
            tasks.create_task(_answer(agent))


async def _beat(agent: RawAgent) -> None:
    for sequence in itertools.count(1):
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await agent.say(type="heartbeat", seq=sequence, running=[])


async def _answer(agent: RawAgent) -> None:
    with suppress(ConnectionClosed):
        while True:
            command = await agent.hear("command")
            about = {"commandId": command["commandId"], "attempt": command["attempt"]}
            await agent.say(type="accept", **about)
            lines = [{"stream": "stdout", "text": text} for text in ("Looking …", "1,204 entries", "Done.")]
            await agent.say(type="output", **about, offset=0, lines=lines)
            await agent.say(type="result", **about, **_outcome(command))


def _outcome(command: dict[str, Any]) -> dict[str, Any]:
    if command["serviceCode"] == FAILS and command["kind"] == "ACTION_EXECUTE":
        error = {"code": "UPSTREAM_REFUSED", "message": "the provider answered 503"}
        return {"success": False, "message": "the provider answered 503", "error": error}
    return {"success": True, "message": "1,204 entries looked at", "data": {"entries": 1204}}
