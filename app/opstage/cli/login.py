"""``opstage login`` and ``opstage logout``."""

from __future__ import annotations

import getpass
import platform
import sys
from typing import Any

import click

from opstage.cli.client import connected
from opstage.cli.profile import (
    DEFAULT_URL,
    Profile,
    clean_key,
    forget_profile,
    keep_profile,
    profile_path,
)

KEY_PREFIX = "opstage_key_"


@click.command(short_help="Keep an API key for a server.")
@click.argument("url", default=DEFAULT_URL)
@click.option("--username", help="Sign in with a password and make an API key; for owners.")
@click.option(
    "--role",
    type=click.Choice(["owner", "operator", "viewer"]),
    default="operator",
    show_default=True,
    help="Role of the key that --username makes.",
)
def login(url: str, username: str | None, role: str) -> None:
    """Keep an API key for the server at URL, by default http://127.0.0.1:8080.

    Asks for the key, or reads it from standard input when that is not a terminal. With --username it asks
    for the password instead and makes a key of its own. OPSTAGE_URL and OPSTAGE_API_KEY come before what is
    kept here.
    """
    url = url.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise click.ClickException(f"Expected an address that starts with http:// or https://, got {url!r}.")
    key = clean_key(_secret("API key")) if username is None else _made_key(url, username, role)
    if not key.startswith(KEY_PREFIX):
        raise click.ClickException(f"Expected an API key, which starts with {KEY_PREFIX}.")
    profile = Profile(url, key)
    with connected(profile) as client:
        user: dict[str, Any] = client.get("/api/admin/auth/me")["user"]
    path = keep_profile(profile)
    click.echo(f"Logged in to {url} with the API key {user['username']} ({user['role']}); kept in {path}.")


@click.command()
def logout() -> None:
    """Forget the kept API key. The key itself stays valid until an owner revokes it."""
    click.echo("The kept API key is gone." if forget_profile() else f"There was none in {profile_path()}.")


def _secret(what: str) -> str:
    return getpass.getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _made_key(url: str, username: str, role: str) -> str:
    password = _secret(f"Password of {username}")
    with connected(Profile(url, "")) as client:
        session = client.post("/api/admin/auth/login", {"username": username, "password": password})
        csrf = {"X-CSRF-Token": session["csrfToken"]}
        try:
            name = f"{username}@{platform.node() or 'command line'}"
            made = client.post("/api/admin/api-keys", {"name": name, "role": role}, **csrf)
        finally:
            client.post("/api/admin/auth/logout", **csrf)
    key: str = made["key"]
    return key
