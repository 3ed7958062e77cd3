"""``opstage demo``: a server with a live fleet to try it on."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from opstage.cli.serve import read_settings
from opstage.clock import SystemClock
from opstage.demo.home import AlreadyRunning
from opstage.demo.services import SERVICES, folder_of, run_service
from opstage.demo.supervisor import run_demo
from opstage.settings import Settings
from opstage.store import Store, agents, tokens
from opstage.store.records import SYSTEM

LOOPBACK = "127.0.0.1"
TOKEN_FILE = "agent-token.json"  # noqa: S105
TOKEN_SECONDS = 600.0


def _demo_settings() -> Settings:
    return read_settings(host=os.environ.get("OPSTAGE_HOST") or LOOPBACK)


def _url(settings: Settings) -> str:
    return f"http://{LOOPBACK}:{settings.port}"


@click.group(invoke_without_command=True, short_help="The server with five small services, until Ctrl-C.")
@click.pass_context
def demo(context: click.Context) -> None:
    """Run the server together with five small services that do real work, until Ctrl-C.

    Everything lies in OPSTAGE_DATA_DIR, by default ./data. Unlike `opstage serve` it listens on
    127.0.0.1 only, unless OPSTAGE_HOST says otherwise.
    """
    if context.invoked_subcommand is not None:
        return
    settings = _demo_settings()
    code = run_demo(
        server_argv=[sys.executable, "-m", "opstage", "serve", "--host", settings.host],
        # The terminal belongs to what the demo tells; the log speaks up when something is wrong.
        server_env={"OPSTAGE_LOG_LEVEL": os.environ.get("OPSTAGE_LOG_LEVEL", "warning")},
        url=_url(settings),
        data_dir=settings.data_dir,
        tokens=asyncio.run(_registration_tokens(settings)),
    )
    sys.exit(code)


@demo.command(short_help="Start one of the five services again.")
@click.argument("name", type=click.Choice(list(SERVICES)))
def start(name: str) -> None:
    """Start one service of the demo fleet again, in this terminal, for example after you killed it."""
    settings = _demo_settings()
    try:
        run_service(name, url=_url(settings), data_dir=settings.data_dir)
    except AlreadyRunning as error:
        raise click.ClickException(str(error)) from error


async def _registration_tokens(settings: Settings) -> dict[str, str]:
    """A registration token for each service that is not known to this database yet."""
    async with Store(settings.database) as store:
        known = {agent.code for agent in await agents.load_all(store.reader)}
        made: dict[str, str] = {}
        for name in SERVICES:
            if name in known and (folder_of(settings.data_dir, name) / TOKEN_FILE).exists():
                continue
            now = SystemClock().now()
            _, made[name] = await store.write(
                lambda tx, name=name, now=now: tokens.create(  # type: ignore[misc]
                    tx, name=f"demo: {name}", expires_at=now + TOKEN_SECONDS, actor=SYSTEM, now=now
                )
            )
        return made
