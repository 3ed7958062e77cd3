"""``opstage token``: registration tokens for new agents."""

from __future__ import annotations

import re

import click

from opstage.cli.client import connected, part
from opstage.cli.inventory import limit_option
from opstage.cli.show import Column, json_option, plain, print_json, print_rows

TOKENS: list[Column] = [
    ("TOKEN", "id"),
    ("NAME", "name"),
    ("STATUS", "status"),
    ("USES", "uses"),
    ("OF", "maxUses"),
    ("CODES", "codePattern"),
    ("MODE", "mode"),
    ("LABELS", "labels"),
    ("EXPIRES", "@expiresAt"),
    ("CREATED", "@createdAt"),
]
PATH = "/api/admin/registration-tokens"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.group()
def token() -> None:
    """Registration tokens, with which agents enrol."""


@token.command()
@click.option("--name", help="What the token is for.")
@click.option(
    "--expires", metavar="TIME", help="How long it lives, such as 30m, 12h or 7d; default: for ever."
)
@click.option("--max-uses", type=click.IntRange(1), default=1, show_default=True, help="Agents it may enrol.")
@click.option("--codes", metavar="PATTERN", help="Agent codes it may enrol, such as mail-*; default: any.")
@click.option("--mode", help="Agent mode it may enrol (embedded, sidecar, external, ophub); default: any.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="Label of what it enrols.")
@json_option
def create(
    name: str | None,
    expires: str | None,
    max_uses: int,
    codes: str | None,
    mode: str | None,
    labels: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a token and print it; it is shown this once."""
    body = {
        "name": name,
        "expiresInSeconds": None if expires is None else _seconds(expires),
        "maxUses": max_uses,
        "codePattern": codes,
        "mode": mode,
        "labels": dict(_label(each) for each in labels),
    }
    with connected() as client:
        made = client.post(PATH, {key: value for key, value in body.items() if value not in (None, {})})
        url = client.profile.url
    if as_json:
        print_json(made)
        return
    click.echo(made["token"])
    click.echo(f"\nStart the agent with:\n  OPSTAGE_BACKEND_URL={url}", err=True)
    click.echo(f"  OPSTAGE_REGISTRATION_TOKEN={made['token']}", err=True)


@token.command("list")
@click.option("--status", multiple=True, help="Only these: ACTIVE, USED, REVOKED, EXPIRED.")
@limit_option
@json_option
def list_tokens(status: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List the tokens, newest first."""
    with connected() as client:
        rows, total = client.rows(PATH, {"status": [word.upper() for word in status]}, limit)
    print_rows(rows, TOKENS, total=total, what="registration tokens", as_json=as_json)


@token.command()
@click.argument("token_id", metavar="TOKEN")
def revoke(token_id: str) -> None:
    """Revoke TOKEN (its id): it enrols nobody any more."""
    with connected() as client:
        row = client.post(f"{PATH}/{part(token_id)}/revoke")
    click.echo(f"{plain(row['name'])} is {row['status']}.")


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if found is None:
        raise click.UsageError(f"Expected a time such as 30m, 12h or 7d, got {text!r}.")
    return int(found[1]) * _UNITS[found[2]]


def _label(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"Expected --label key=value, got {text!r}.")
    return key, value
