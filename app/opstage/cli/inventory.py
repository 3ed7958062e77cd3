"""``opstage agents`` and ``opstage services``."""

from __future__ import annotations

from typing import Any

import click

from opstage.cli.client import connected, find_service
from opstage.cli.completing import complete_service
from opstage.cli.show import Column, json_option, print_fields, print_json, print_rows, print_table

AGENTS: list[Column] = [
    ("AGENT", "code"),
    ("STATUS", "status"),
    ("REASON", "statusReason"),
    ("SINCE", "@statusSince"),
    ("CONNECTION", "connection"),
    ("SERVICES", "serviceCount"),
    ("HOST", "hostname"),
    ("LABELS", "labels"),
]
SERVICES: list[Column] = [
    ("SERVICE", "code"),
    ("STATUS", "status"),
    ("REASON", "statusReason"),
    ("SINCE", "@statusSince"),
    ("HEALTH", "healthStatus"),
    ("MESSAGE", "healthMessage"),
    ("VERSION", "version"),
    ("AGENT", "agentCode"),
    ("LABELS", "labels"),
]
ACTIONS: list[Column] = [
    ("ACTION", "name"),
    ("DANGER", "dangerLevel"),
    ("CONFIRM", "requiresConfirmation"),
    ("INPUT", "input"),
    ("LABEL", "label"),
]
CONFIGS: list[Column] = [("CONFIG", "key"), ("TYPE", "type"), ("VALUE", "valuePreview"), ("SOURCE", "source")]

selector_option = click.option(
    "-l", "--selector", help="Labels, such as env=prod,tier!=db,!canary,zone in (a,b)."
)
search_option = click.option("-q", "--search", help="Text in code or name.")
limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Rows at most."
)


@click.command()
@click.option("--status", multiple=True, help="Only these, for example OFFLINE; may be given several times.")
@selector_option
@search_option
@click.option("--sort", default="code", show_default=True, help="Field to sort by; - before it: descending.")
@limit_option
@json_option
def agents(
    status: tuple[str, ...], selector: str | None, search: str | None, sort: str, limit: int, as_json: bool
) -> None:
    """List agents: are they there, and why not."""
    query = {"status": _upper(status), "selector": selector, "q": search, "sort": sort}
    with connected() as client:
        rows, total = client.rows("/api/admin/agents", query, limit)
    print_rows(rows, AGENTS, total=total, what="agents", as_json=as_json)


@click.command(short_help="List services, or show one in full.")
@click.argument("service", required=False, shell_complete=complete_service)
@click.option(
    "--status", multiple=True, help="Only these, for example UNHEALTHY; may be given several times."
)
@click.option("--agent", help="Only those of the agent with this id (agt_…).")
@selector_option
@search_option
@click.option("--sort", default="code", show_default=True, help="Field to sort by; - before it: descending.")
@limit_option
@json_option
def services(
    service: str | None,
    status: tuple[str, ...],
    agent: str | None,
    selector: str | None,
    search: str | None,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    """List services, or show one SERVICE (code or id) with its configuration and actions."""
    with connected() as client:
        if service is not None:
            detail = find_service(client, service)
            print_json(detail) if as_json else _show(detail)
            return
        query = {
            "status": _upper(status),
            "agentId": agent,
            "selector": selector,
            "q": search,
            "sort": sort,
        }
        rows, total = client.rows("/api/admin/capsule-services", query, limit)
    print_rows(rows, SERVICES, total=total, what="services", as_json=as_json)


def _upper(words: tuple[str, ...]) -> list[str]:
    return [word.upper() for word in words]


def _show(detail: dict[str, Any]) -> None:
    health = detail["health"] or {}
    print_fields(
        [
            ("service", f"{detail['code']}  {detail['name']}"),
            ("status", detail["status"]),
            ("reason", detail["statusReason"]),
            ("since", detail["statusSince"]),
            ("health", health.get("status")),
            ("message", health.get("message")),
            ("version", detail["version"]),
            ("agent", detail["agentCode"]),
            ("labels", detail["labels"]),
            ("id", detail["id"]),
        ]
    )
    actions = [{**action, "input": _inputs(action["inputSchema"])} for action in detail["actions"]]
    for columns, rows in ((ACTIONS, actions), (CONFIGS, detail["configs"])):
        if rows:
            click.echo()
            print_table(rows, columns, total=len(rows), what="entries")


def _inputs(schema: dict[str, Any]) -> str:
    """Names of the fields an action takes; a star marks those it needs."""
    required = schema.get("required") or []
    return " ".join(f"{name}*" if name in required else name for name in schema.get("properties") or {})
