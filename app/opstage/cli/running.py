"""``opstage run``, ``commands``, ``cancel`` and ``retry``."""

from __future__ import annotations

import secrets
import sys
from typing import Any

import click

from opstage.cli.client import Client, Refused, connected, find_service, part
from opstage.cli.completing import complete_action, complete_service
from opstage.cli.following import follow, print_outcome
from opstage.cli.inputs import payload_of
from opstage.cli.inventory import limit_option
from opstage.cli.show import Column, json_option, print_fields, print_json, print_rows

COMMANDS: list[Column] = [
    ("COMMAND", "id"),
    ("STATUS", "status"),
    ("SERVICE", "serviceCode"),
    ("ACTION", "actionName"),
    ("BY", "createdBy"),
    ("CREATED", "@createdAt"),
    ("ERROR", "errorCode"),
]

follow_option = click.option("-f", "--follow", "following", is_flag=True, help="Show output until it ends.")
input_option = click.option(
    "-i", "--input", "pairs", multiple=True, metavar="KEY=VALUE", help="One field of the input."
)
input_json_option = click.option(
    "--input-json", metavar="JSON", help="The whole input as a JSON object; --input lies over it."
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Confirm an action that asks for it.")


@click.command()
@click.argument("service", shell_complete=complete_service)
@click.argument("action", shell_complete=complete_action)
@input_option
@input_json_option
@yes_option
@follow_option
@json_option
def run(
    service: str,
    action: str,
    pairs: tuple[str, ...],
    input_json: str | None,
    yes: bool,
    following: bool,
    as_json: bool,
) -> None:
    """Run ACTION of SERVICE (code or id).

    Ends at once with the command's id, or with --follow when the command ends. Exit code: 0 succeeded,
    1 failed, 2 refused, 3 expired, 4 cancelled.
    """
    with connected() as client:
        detail = find_service(client, service)
        chosen = _action(detail, action)
        payload = payload_of(pairs, input_json, chosen["inputSchema"])
        meant = confirmed(detail["code"], chosen, yes)
        path = f"/api/admin/capsule-services/{detail['id']}/actions/{part(chosen['name'])}"
        body = {"payload": payload, "confirmation": meant}
        command = client.post(path, body, **{"Idempotency-Key": secrets.token_urlsafe(16)})
        _begun(client, command, following, as_json)


@click.command(short_help="List commands, newest first, or show one.")
@click.argument("command", required=False)
@click.option("--status", multiple=True, help="Only these, for example RUNNING; may be given several times.")
@click.option(
    "--service", "service", help="Only those of this service (code or id).", shell_complete=complete_service
)
@click.option("--action", help="Only those of this action.")
@follow_option
@limit_option
@json_option
def commands(
    command: str | None,
    status: tuple[str, ...],
    service: str | None,
    action: str | None,
    following: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List commands, newest first, or show one COMMAND (its id)."""
    with connected() as client:
        if command is not None:
            _one(client, command, following, as_json)
            return
        service_id = None if service is None else find_service(client, service)["id"]
        query = {"status": [word.upper() for word in status], "serviceId": service_id, "actionName": action}
        query["type"] = "ACTION_EXECUTE"
        rows, total = client.rows("/api/admin/commands", query, limit)
    print_rows(rows, COMMANDS, total=total, what="commands", as_json=as_json)


@click.command(short_help="Cancel a command.")
@click.argument("command")
@json_option
def cancel(command: str, as_json: bool) -> None:
    """Cancel COMMAND: at once while it waits, else its agent is asked to stop it."""
    with connected() as client:
        row = client.post(f"/api/admin/commands/{part(command)}/cancel")
    if as_json:
        print_json(row)
    else:
        asked = row["status"] == "RUNNING"
        click.echo("Its agent was asked to stop it." if asked else f"The command is {row['status']}.")


@click.command(short_help="Run once more what did not succeed.")
@click.argument("command")
@yes_option
@follow_option
@json_option
def retry(command: str, yes: bool, following: bool, as_json: bool) -> None:
    """Run a COMMAND that failed, expired or was cancelled once more, as a new command."""
    with connected() as client:
        try:
            fresh = _retried(client, command, yes)
        except Refused as refused:
            if refused.code != "ACTION_REQUIRES_CONFIRMATION" or not sys.stdin.isatty():
                raise _with_a_way_out(refused) from refused
            click.confirm(f"{refused.error.get('message')} Go on?", abort=True)
            fresh = _retried(client, command, True)
        _begun(client, fresh, following, as_json)


def _retried(client: Client, command_id: str, confirmed: bool) -> dict[str, Any]:
    body = {"confirmation": True} if confirmed else {}
    key = {"Idempotency-Key": secrets.token_urlsafe(16)}
    fresh: dict[str, Any] = client.post(f"/api/admin/commands/{part(command_id)}/retry", body, **key)
    return fresh


def _with_a_way_out(refused: Refused) -> Refused:
    if refused.code == "ACTION_REQUIRES_CONFIRMATION":
        return refused.hinting("Give --yes.")
    if refused.details.get("reason") == "secrets_dropped":
        return refused.hinting("Start it with all of its input: opstage run SERVICE ACTION --input …")
    return refused


def _action(detail: dict[str, Any], name: str) -> dict[str, Any]:
    known: list[dict[str, Any]] = [each for each in detail["actions"] if each["enabled"]]
    for each in known:
        if each["name"] == name:
            return each
    names = ", ".join(each["name"] for each in known) or "none"
    raise click.ClickException(f"{detail['code']} has no action {name}; it has: {names}.")


def confirmed(where: str, action: dict[str, Any], yes: bool) -> bool:
    """Whether the action is to be confirmed, asked at the prompt if it has to be. Raises ClickException."""
    if yes or not action["requiresConfirmation"]:
        return yes
    text = f"{action['label']} on {where} (danger: {action['dangerLevel']}) asks for a confirmation"
    if not sys.stdin.isatty():
        raise click.ClickException(f"{text}: give --yes.")
    return click.confirm(f"{text}. Go on?", abort=True)


def _begun(client: Client, command: dict[str, Any], following: bool, as_json: bool) -> None:
    if following:
        sys.exit(follow(client, command["id"], as_json=as_json))
    if as_json:
        print_json(command)
    else:
        click.echo(command["id"])


def _one(client: Client, command_id: str, following: bool, as_json: bool) -> None:
    if following:
        sys.exit(follow(client, command_id, as_json=as_json))
    row = client.get(f"/api/admin/commands/{part(command_id)}")
    if as_json:
        print_json(row)
        return
    progress = None if row["percent"] is None else f"{row['percent']:.0f} %"
    print_fields(
        [
            ("command", row["id"]),
            ("status", row["status"]),
            ("service", row["serviceCode"]),
            ("action", row["actionName"]),
            ("by", row["createdBy"]),
            ("created", row["createdAt"]),
            ("started", row["startedAt"]),
            ("ended", row["completedAt"]),
            ("progress", progress),
            ("output", f"{row['outputLines']} lines" if row["outputLines"] else None),
        ]
    )
    if row["completedAt"]:
        click.echo()
        print_outcome(row)
