"""``opstage serve`` and ``opstage migrate``."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import click
from hypercorn.utils import LifespanFailureError
from quart import Quart

from opstage import logs, server
from opstage.errors import OpstageError
from opstage.factory import create_app, drain
from opstage.settings import Settings, SettingsError
from opstage.store import Store

log = logging.getLogger("opstage")


def read_settings(host: str | None = None, port: int | None = None) -> Settings:
    """The environment's settings with the command line's over them; a bad one ends the command.

    What this process writes from here on is its user's alone: the database holds payloads.
    """
    os.umask(0o077)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    return replace(settings, host=host or settings.host, port=port or settings.port)


@click.command()
@click.option("--host", help="Address to listen on; default OPSTAGE_HOST, else 0.0.0.0.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; default OPSTAGE_PORT, else 8080.")
def serve(host: str | None, port: int | None) -> None:
    """Run the server with the console until Ctrl-C.

    The database and what the server keeps secret lie in OPSTAGE_DATA_DIR, by default ./data;
    missing tables are made.
    """
    settings = read_settings(host, port)
    form = logs.install(settings.log_level, settings.log_format)
    app = create_app(settings)
    config = server.server_config(settings.host, settings.port, settings.frame_bytes)
    started = partial(_announce, app, settings, form)
    running = server.run(app, config, started=started, drain=partial(drain, app))
    try:
        asyncio.run(running)
    except LifespanFailureError as error:
        raise click.ClickException(app.config["REFUSED"] or str(error)) from error
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise click.ClickException(f"Cannot listen on {where}: {error.strerror}.") from error
    log.info("Opstage has stopped")


def _announce(app: Quart, settings: Settings, form: str) -> None:
    # Among JSON lines it is one of them.
    say: Callable[[str], None] = log.info if form == logs.JSON else click.echo
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host
    say(f"Opstage is up: http://{host}:{settings.port}")
    for name in app.config["HUB"].store.applied:
        log.info("Migration %s was applied", name)
    first = app.config["FIRST_LOGIN"]
    if first is None:
        return
    username, password, kept = first
    if password is None:
        say(f"First owner created: {username}, with the password from OPSTAGE_ADMIN_PASSWORD.")
    else:
        # Never into the log, where it would stay.
        click.echo(f"Sign in as {username} with the password {password}  (shown once; kept in {kept})")


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date and end. `opstage serve` does the same by itself."""
    settings = read_settings()
    try:
        applied = asyncio.run(_migrate(settings))
    except (OpstageError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    for name in applied:
        click.echo(f"Applied {name}.")
    click.echo(f"The database {settings.database} is up to date.")


async def _migrate(settings: Settings) -> list[str]:
    async with Store(settings.database) as store:
        return store.applied
