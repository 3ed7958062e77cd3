"""``opstage audit``: the audit trail, listed over REST; ``verify`` reads the database itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from opstage.cli.client import connected
from opstage.cli.inventory import limit_option
from opstage.cli.serve import read_settings
from opstage.cli.show import Column, counted, json_option, print_json, print_table
from opstage.store import StoreUnavailable
from opstage.store.location import database_path
from opstage.store.verification import Verification, verify

UNREADABLE = 2
BROKEN = 1

EVENTS: list[Column] = [
    ("TIME", "createdAt"),
    ("ACTOR", "actorName"),
    ("ACTION", "action"),
    ("TARGET", "targetName"),
    ("RESULT", "result"),
    ("MESSAGE", "message"),
]


def _event_options(command: click.decorators.FC) -> click.decorators.FC:
    """The filters of the list."""
    for option in reversed(
        (
            click.option("--action", multiple=True, help="Only these actions, such as agent.disabled."),
            click.option(
                "--actor-type", type=click.Choice(["USER", "AGENT", "SYSTEM"]), help="Only of these actors."
            ),
            click.option(
                "--result", type=click.Choice(["SUCCESS", "FAILURE"]), help="Only with this result."
            ),
            click.option("--target", help="Only about the thing with this id."),
            click.option(
                "--from", "since", metavar="TIME", help="Not before, such as 2026-05-01 or a full time."
            ),
            click.option("--to", "until", metavar="TIME", help="Not after."),
        )
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True, short_help="List who did what, or verify the trail.")
@_event_options
@limit_option
@json_option
@click.pass_context
def audit(
    context: click.Context,
    action: tuple[str, ...],
    actor_type: str | None,
    result: str | None,
    target: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List who did what, newest first, or check the trail (`verify`, on the server's machine)."""
    if context.invoked_subcommand is None:
        filters = {"action": action, "actorType": actor_type, "result": result, "targetId": target}
        _list_events({**filters, "from": since, "to": until}, limit, as_json)


def _list_events(query: dict[str, object], limit: int, as_json: bool) -> None:
    """Print the newest events that match."""
    with connected() as client:
        rows, total = client.rows("/api/admin/audit-events", query, limit)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["createdAt"] = _to_the_second(row["createdAt"])
        row["actorName"] = row["actorName"] or row["actorType"].lower()
        row["targetName"] = row["targetName"] or row["targetId"] or _refusal(row["metadata"])
    print_table(rows, EVENTS, total=total, what="audit events")


def _to_the_second(moment: str) -> str:
    return f"{moment.partition('.')[0]}Z"


def _refusal(metadata: object) -> str | None:
    """Which call was denied or failed, and why; None for all other events."""
    if not isinstance(metadata, dict) or not {"method", "path", "code"} <= metadata.keys():
        return None
    return f"{metadata['method']} {metadata['path']}: {metadata['code']}"


@audit.command(name="verify", short_help="Check the whole trail, on the server's machine.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--database", metavar="URL", help="Default: DATABASE_URL, else the one in OPSTAGE_DATA_DIR.")
def check(as_json: bool, database: str | None) -> None:
    """Check the whole audit trail on this machine; nothing is changed, and the server may run.

    Exit code 0: it is as it was written. 1: it is not; each finding says which event and what. 2: it
    cannot be read. Note the last line elsewhere: with it nobody can rewrite what came before unseen.
    """
    try:
        found = verify(_path(database))
    except (StoreUnavailable, ValueError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(UNREADABLE)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        _tell(found)
    sys.exit(0 if found.ok else BROKEN)


def _path(database: str | None) -> Path:
    return database_path(database or read_settings().database)


def _tell(found: Verification) -> None:
    for finding in found.findings:
        click.echo(f"{finding.kind}: {finding.text}")
    more = found.findings_total - len(found.findings)
    if more:
        click.echo(f"… and {more} more.")
    pruned = f", after {found.pruned_up_to} pruned ones" if found.pruned_up_to else ""
    outcome = "the trail is as it was written" if found.ok else counted(found.findings_total, "findings")
    click.echo(f"{counted(found.events, 'events')}{pruned}: {outcome}.")
    click.echo(f"Head: {found.head_sequence} {found.head_hash}")
