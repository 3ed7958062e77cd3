"""The only place where the parts are joined into an application."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from quart import Quart

from opstage.claim import Claim
from opstage.clock import Clock, SystemClock
from opstage.errors import OpstageError
from opstage.hub.hub import Hub
from opstage.logs import watch_loop
from opstage.secrets import kept_password, kept_secret
from opstage.settings import Settings
from opstage.store import Store
from opstage.version import package_version
from opstage.web.agent_calls import agent_calls
from opstage.web.agents import agents
from opstage.web.api_keys import api_keys
from opstage.web.audit import audit
from opstage.web.auth import auth
from opstage.web.backups import backups
from opstage.web.bus import bus
from opstage.web.calls import install_calls
from opstage.web.catalogue import catalogue
from opstage.web.commands import commands
from opstage.web.console import console, secure
from opstage.web.denials import install_denials
from opstage.web.envelope import install_errors
from opstage.web.guards import install_guards
from opstage.web.labels import labels
from opstage.web.maintenance import maintenance
from opstage.web.metrics import metrics
from opstage.web.openapi import install_openapi
from opstage.web.overview import overview
from opstage.web.runs import runs
from opstage.web.service_parts import service_parts
from opstage.web.services import services
from opstage.web.sessions import sessions
from opstage.web.socket import BoundedSocket
from opstage.web.sockets import sockets
from opstage.web.system import system
from opstage.web.tokens import tokens
from opstage.web.users import users

log = logging.getLogger("opstage")

FIRST_OWNER = "owner"
DRAIN_SECONDS = 2.5
"""How long connections get to close on a stop."""


class StartRefused(Exception):
    """The server cannot run here as it is set up; the message says why."""


class Application(Quart):
    """Quart, without a traceback for a start that was refused for a reason people can mend."""

    def log_exception(self, exc_info: Any) -> None:
        """As Quart, for everything unexpected."""
        if not isinstance(exc_info[1], StartRefused):
            super().log_exception(exc_info)


def create_app(settings: Settings, clock: Clock | None = None) -> Quart:
    """The application. Its lifespan opens the store, starts the hub and stops both again.

    ``app.config["HUB"]`` is the hub while it runs; ``app.config["FIRST_LOGIN"]`` is set when the
    first owner was created at this start: the name, and the file that keeps a made-up password.
    ``app.config["REFUSED"]`` says why a start was refused.
    """
    app = Application("opstage", static_folder=None)
    app.asgi_websocket_class = BoundedSocket
    app.config["FIRST_LOGIN"] = app.config["REFUSED"] = None
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    install_errors(app)
    install_guards(app)
    install_denials(app)
    install_openapi(app, settings.version or package_version())
    app.after_request(secure)
    people = (sockets, system, auth, users, sessions, api_keys)
    fleet = (tokens, agents, services, labels, service_parts, catalogue, commands, runs, agent_calls)
    for blueprint in (*people, *fleet):
        app.register_blueprint(blueprint)
    for blueprint in (audit, metrics, backups, bus, maintenance, overview):
        app.register_blueprint(blueprint)
    app.register_blueprint(console(settings.static_dir))
    install_calls(app)
    _install_lifespan(app, settings, clock or SystemClock())
    return app


def _install_lifespan(app: Quart, settings: Settings, clock: Clock) -> None:
    @app.before_serving
    async def start() -> None:
        watch_loop()
        try:
            await open_hub()
        except (OpstageError, OSError, ValueError) as error:
            app.config["REFUSED"] = str(error)
            raise StartRefused(str(error)) from error

    async def open_hub() -> None:
        store = Store(settings.database)
        app.config["CLAIM"] = Claim(store.path)
        await store.open()
        try:
            await take_up(store)
        except BaseException:
            # Its connections have threads, which would keep a process that cannot start.
            await store.close()
            raise

    async def take_up(store: Store) -> None:
        secret = settings.session_secret or kept_secret(settings.data_dir)
        hub = Hub(settings, clock, store, secret, settings.version or package_version())
        app.config["HUB"] = hub
        await _first_owner(app, hub)
        await hub.start()

    @app.after_serving
    async def stop() -> None:
        hub: Hub = app.config["HUB"]
        await hub.stop()
        await hub.store.close()
        app.config["CLAIM"].release()


async def _first_owner(app: Quart, hub: Hub) -> None:
    settings = hub.settings
    username = settings.admin_username or FIRST_OWNER
    password, kept = kept_password(settings)
    if await hub.people.bootstrap(username, password):
        app.config["FIRST_LOGIN"] = (username, password if kept else None, kept)


async def drain(app: Quart) -> None:
    """Send everybody away and wait until they are gone; what does not go is cut off soon after."""
    hub: Hub = app.config["HUB"]
    hub.drain()
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await hub.empty()
    except TimeoutError:
        log.warning("Some live connections did not close in time.")
