"""``opstage audit``: the audit trail over REST."""

from __future__ import annotations

import click

from opstage.cli.client import connected
from opstage.cli.show import Column, print_json, print_table

EVENTS: list[Column] = [
    ("TIME", "createdAt"), ("ACTOR", "actorName"), ("ACTION", "action"), ("TARGET", "targetName"),
    ("RESULT", "result"), ("MESSAGE", "message"),
]  # fmt: skip


def list_events(query: dict[str, object], limit: int, as_json: bool) -> None:
    """Print the newest events that match."""
    with connected() as client:
        rows, total = client.rows("/api/admin/audit-events", query, limit)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["actorName"] = row["actorName"] or row["actorType"].lower()
    print_table(rows, EVENTS, total=total, what="audit events")


def event_options(command: click.decorators.FC) -> click.decorators.FC:
    """The filters of the list."""
    for option in (
        click.option("--action", multiple=True, help="Only these actions, such as agent.disabled."),
        click.option(
            "--actor-type", type=click.Choice(["USER", "AGENT", "SYSTEM"]), help="Only of these actors."
        ),
        click.option("--result", type=click.Choice(["SUCCESS", "FAILURE"]), help="Only with this result."),
        click.option("--target", help="Only about the thing with this id."),
        click.option(
            "--from", "since", metavar="TIME", help="Not before, such as 2026-05-01 or a full time."
        ),
        click.option("--to", "until", metavar="TIME", help="Not after."),
    ):
        command = option(command)
    return command
