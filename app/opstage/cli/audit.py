"""``opstage audit``: the audit trail."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from opstage.cli.inventory import limit_option
from opstage.cli.serve import read_settings
from opstage.cli.show import json_option
from opstage.cli.trail import event_options, list_events
from opstage.store import StoreUnavailable
from opstage.store.location import database_path
from opstage.store.verification import Verification, verify

UNREADABLE = 2
BROKEN = 1


@click.group(invoke_without_command=True)
@event_options
@limit_option
@json_option
@click.pass_context
def audit(
    context: click.Context, action: tuple[str, ...], actor_type: str | None, result: str | None,
    target: str | None, since: str | None, until: str | None, limit: int, as_json: bool,
) -> None:  # fmt: skip
    """List who did what, newest first, or check the trail (`verify`, on the server's machine)."""
    if context.invoked_subcommand is None:
        filters = {"action": action, "actorType": actor_type, "result": result, "targetId": target}
        list_events({**filters, "from": since, "to": until}, limit, as_json)


@audit.command(name="verify")
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
    findings = "1 finding" if found.findings_total == 1 else f"{found.findings_total} findings"
    outcome = "the trail is as it was written" if found.ok else findings
    click.echo(f"{found.events} events{pruned}: {outcome}.")
    click.echo(f"Head: {found.head_sequence} {found.head_hash}")
