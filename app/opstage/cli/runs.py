"""``opstage runs``: one action on many services."""

from __future__ import annotations

import secrets
import sys
from collections import Counter
from typing import Any

import click

from opstage.cli.client import Client, Refused, connected, find_service, part
from opstage.cli.completing import complete_service
from opstage.cli.following_runs import follow_run
from opstage.cli.inputs import payload_of
from opstage.cli.inventory import limit_option, selector_option
from opstage.cli.running import confirmed, input_json_option, input_option, yes_option
from opstage.cli.show import Column, counted, json_option, print_fields, print_json, print_rows, print_table

RUNS: list[Column] = [
    ("RUN", "id"),
    ("STATUS", "status"),
    ("ACTION", "actionName"),
    ("SERVICES", "total"),
    ("BY", "createdBy"),
    ("CREATED", "@createdAt"),
    ("COUNTS", "counts"),
]
TARGETS: list[Column] = [
    ("SERVICE", "serviceCode"),
    ("STATUS", "status"),
    ("COMMAND", "commandId"),
    ("ERROR", "errorCode"),
    ("MESSAGE", "message"),
]
CANDIDATES: list[Column] = [
    ("SERVICE", "serviceCode"),
    ("STATUS", "status"),
    ("AGENT", "agentCode"),
    ("SKIPPED", "problem"),
    ("MESSAGE", "message"),
]
PATH = "/api/admin/runs"
MOST_TARGETS = 1000

follow_option = click.option("-f", "--follow", "following", is_flag=True, help="Show it until it ends.")


@click.group()
def runs() -> None:
    """One action on many services, a few at a time."""


@runs.command()
@click.argument("action")
@selector_option
@click.option(
    "--service",
    "services",
    multiple=True,
    help="A service (code or id); may be given several times.",
    shell_complete=complete_service,
)
@input_option
@input_json_option
@click.option(
    "--concurrency", type=click.IntRange(1, 50), default=5, show_default=True, help="Services at a time."
)
@click.option("--stop-after", type=click.IntRange(1), help="Start no more after so many failures.")
@click.option("--dry-run", is_flag=True, help="Only show which services it would reach.")
@yes_option
@follow_option
@json_option
def start(
    action: str,
    selector: str | None,
    services: tuple[str, ...],
    pairs: tuple[str, ...],
    input_json: str | None,
    concurrency: int,
    stop_after: int | None,
    dry_run: bool,
    yes: bool,
    following: bool,
    as_json: bool,
) -> None:
    """Run ACTION on the services that --selector picks, or on each --service.

    Services that cannot run it now are skipped. Ends at once with the run's id, or with --follow when the
    run ends. Exit code: 0 succeeded, 1 failed, 2 refused, 4 stopped.
    """
    if (selector is None) == (not services):
        raise click.UsageError("Expected either --selector or --service.")
    with connected() as client:
        order = _chosen(client, selector, services) | {"actionName": action}
        preview = client.post(f"{PATH}/preview", order)
        schema = (preview["action"] or {}).get("inputSchema") or {}
        order["payload"] = payload_of(pairs, input_json, schema)
        if dry_run:
            _print_preview(client.post(f"{PATH}/preview", order), as_json)
            return
        order |= {"concurrency": concurrency, "stopAfterFailures": stop_after}
        order["confirmation"] = _confirmed(preview, action, yes)
        _begun(client, _started(client, order), following, as_json)


@runs.command("list")
@click.option("--status", multiple=True, help="Only these: RUNNING, SUCCEEDED, FAILED, STOPPED.")
@click.option("--action", help="Only those of this action.")
@limit_option
@json_option
def list_runs(status: tuple[str, ...], action: str | None, limit: int, as_json: bool) -> None:
    """List runs, newest first."""
    query = {"status": [word.upper() for word in status], "actionName": action}
    with connected() as client:
        rows, total = client.rows(PATH, query, limit)
    print_rows(rows, RUNS, total=total, what="runs", as_json=as_json)


@runs.command()
@click.argument("run_id", metavar="RUN")
@follow_option
@json_option
def show(run_id: str, following: bool, as_json: bool) -> None:
    """Show a RUN (its id) and how far each of its services is."""
    with connected() as client:
        if following:
            sys.exit(follow_run(client, run_id, as_json=as_json))
        row = client.get(f"{PATH}/{part(run_id)}")
        targets, total = client.rows(f"{PATH}/{part(run_id)}/targets", {}, MOST_TARGETS)
    if as_json:
        print_json({**row, "targets": targets})
        return
    print_fields(
        [
            ("run", row["id"]),
            ("status", row["status"]),
            ("stopped by", row["stopReason"]),
            ("action", row["actionName"]),
            ("selector", row["selector"]),
            ("by", row["createdBy"]),
            ("created", row["createdAt"]),
            ("ended", row["completedAt"]),
            ("services", row["counts"]),
        ]
    )
    click.echo()
    rows = [{**each, "message": each["errorMessage"] or each["progressMessage"]} for each in targets]
    print_table(rows, TARGETS, total=total, what="services")


@runs.command()
@click.argument("run_id", metavar="RUN")
@click.option("--cancel", is_flag=True, help="Cancel what runs, too.")
@json_option
def stop(run_id: str, cancel: bool, as_json: bool) -> None:
    """Start no more of RUN; what runs comes to its end."""
    with connected() as client:
        row = client.post(f"{PATH}/{part(run_id)}/stop", {"cancelRunning": cancel})
    if as_json:
        print_json(row)
    else:
        left = row["counts"].get("PENDING", 0) + row["counts"].get("RUNNING", 0)
        click.echo(f"It starts no more; {left} still run." if left else "It starts no more.")


def _chosen(client: Client, selector: str | None, services: tuple[str, ...]) -> dict[str, Any]:
    if selector is not None:
        return {"selector": selector}
    return {"serviceIds": [find_service(client, each)["id"] for each in services]}


def _confirmed(preview: dict[str, Any], name: str, yes: bool) -> bool:
    for action in preview["actions"]:
        if action["name"] == name:
            return confirmed(_where(preview), action, yes)
    return yes


def _where(preview: dict[str, Any]) -> str:
    ready, total = preview["ready"], preview["total"]
    return counted(ready, "services") if ready == total else f"{ready} of {counted(total, 'services')}"


def _started(client: Client, order: dict[str, Any]) -> dict[str, Any]:
    try:
        run: dict[str, Any] = client.post(PATH, order, **{"Idempotency-Key": secrets.token_urlsafe(16)})
    except Refused as refused:
        problems = refused.details.get("problems") or {}
        if not problems:
            raise
        why = ", ".join(f"{count} {code}" for code, count in sorted(problems.items()))
        raise refused.hinting(f"Of the services: {why}.") from refused
    return run


def _begun(client: Client, run: dict[str, Any], following: bool, as_json: bool) -> None:
    skipped = run["counts"].get("SKIPPED", 0)
    if skipped:
        click.echo(f"{skipped} of {run['total']} services cannot run it now and are skipped.", err=True)
    if following:
        sys.exit(follow_run(client, run["id"], as_json=as_json))
    if as_json:
        print_json(run)
    else:
        click.echo(run["id"])


def _print_preview(preview: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(preview)
        return
    problems = Counter(each["problem"] for each in preview["targets"] if each["problem"])
    print_table(preview["targets"], CANDIDATES, total=preview["total"], what="services")
    click.echo(f"It would run on {_where(preview)}.", err=True)
    for code, count in sorted(problems.items()):
        click.echo(f"  {count} {code}", err=True)
