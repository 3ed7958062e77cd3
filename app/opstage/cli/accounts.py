"""``opstage user``: help for who is locked out, on the server's own machine."""

from __future__ import annotations

import asyncio
import getpass
import sys

import click

from opstage.cli.serve import read_settings
from opstage.clock import SystemClock
from opstage.hub.passwords import SHORTEST, Passwords
from opstage.hub.people import People
from opstage.settings import Settings
from opstage.store import Store


@click.group()
def user() -> None:
    """People who sign in."""


@user.command()
@click.argument("username")
def password(username: str) -> None:
    """Set a new password for USERNAME and end all their sessions.

    Asks for it, or reads one line of standard input when that is not a terminal.
    """
    new = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(new) < SHORTEST:
        raise click.ClickException(f"Expected a password of at least {SHORTEST} characters.")
    if not asyncio.run(_set_password(read_settings(), username, new)):
        raise click.ClickException(f"There is no user {username}.")
    click.echo(f"The password of {username} is changed and their sessions have ended.")


async def _set_password(settings: Settings, username: str, new: str) -> bool:
    async with Store(settings.database) as store:
        return await People(store, SystemClock(), Passwords()).reset_by_name(username, new)
