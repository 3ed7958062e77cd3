"""The account pool: keeps accounts logged in at a tiny login server whose sessions expire."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from typing import Annotated, Any

import httpx
from msgspec import Meta

from opstage.demo.accounts import Account, AccountPool, LoginFailed
from opstage.demo.auth_server import AuthServer
from opstage.demo.embedded import agent_of
from opstage.demo.files import iso
from opstage.demo.home import Home, run_async
from opstage_agent import ActionError, ConfigItem, Context, Health, Prepared

KEEP_ALIVE_SECONDS = 5.0
DEFAULT_SESSION_SECONDS = 180
SECRETS_FILE = "passwords.json"

AccountId = Annotated[str, Meta(title="Account", min_length=1, max_length=40)]


def run(home: Home) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    run_async(lambda: serve(home))


async def serve(home: Home) -> None:
    """Runs the login server, keeps the accounts alive, and is operable, until cancelled."""
    seconds = home.preferences.number("sessionSeconds", DEFAULT_SESSION_SECONDS)
    server = AuthServer(time.time, session_seconds=seconds)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=5.0) as client:
            pool = AccountPool(client, home.folder / SECRETS_FILE, time.time)
            for account in pool.accounts.values():
                server.set_password(account.id, account.password)
            service = AccountKeeper(home, server, pool)
            async with service.agent:
                await service.work()
    finally:
        await server.stop()


class AccountKeeper:
    """The governance of the pool: health with an account table, configuration, actions."""

    def __init__(self, home: Home, server: AuthServer, pool: AccountPool) -> None:
        self._server = server
        self._pool = pool
        self._preferences = home.preferences
        self.agent = agent_of(
            home,
            "Account pool",
            "Keeps six accounts logged in; their sessions expire, and one of them is refreshed by hand only.",
            {
                "resources": [
                    {"name": each.id, "label": each.label, "type": "account"}
                    for each in pool.accounts.values()
                ]
            },
        )
        self._declare()

    async def work(self) -> None:
        """Logs everybody in, then refreshes what is about to expire, for ever."""
        for account in self._pool.accounts.values():
            # Who cannot log in now is tried again like everybody else.
            with suppress(LoginFailed):
                await self._pool.log_in(account)
        self.agent.changed()
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            if await self._pool.keep_alive():
                self.agent.changed()

    def _declare(self) -> None:
        agent = self.agent
        agent.health(self.health)
        agent.config(self.config)
        agent.action(category="account", order=1, retry_safe=True)(self.list_accounts)
        for order, handler in enumerate((self.refresh_login, self.show_account), start=2):
            agent.action(category="account", order=order, retry_safe=True)(handler).prepare(self.offer_all)
        agent.action(category="account", order=4, timeout=120, retry_safe=True)(self.refresh_all)
        broken = agent.action(category="account", order=5, danger="MEDIUM")(self.break_login)
        broken.prepare(self.offer_healthy)
        healed = agent.action(category="account", order=6, danger="MEDIUM")(self.heal_login)
        healed.prepare(self.offer_unhealthy)
        change = agent.action(category="account", order=7, danger="MEDIUM")(self.change_password)
        change.prepare(self.offer_all)
        agent.action(category="account", order=8, danger="MEDIUM")(self.set_enabled).prepare(self.offer_all)
        agent.action(category="session", danger="HIGH", confirm=True)(self.expire_sessions)
        agent.action(category="runtime-config", danger="MEDIUM")(self.set_session_seconds)

    async def health(self) -> Health:
        """DEGRADED while an enabled account has no live session, DOWN while none has one."""
        sick, rows = self._pool.unhealthy(), self._pool.rows()
        enabled = [each for each in self._pool.accounts.values() if each.enabled]
        details = {"accounts": rows, "sessionSeconds": self._server.session_seconds}
        if sick and len(sick) == len(enabled):
            return Health.down("no account is logged in", details)
        if sick:
            names = ", ".join(each.label for each in sick)
            return Health.degraded(f"{len(sick)} of {len(enabled)} accounts need a login: {names}", details)
        return Health.up(f"{len(enabled)} accounts are logged in", details)

    async def config(self) -> list[ConfigItem]:
        """What the pool runs with; passwords are only pointed at."""
        passwords = [
            ConfigItem(
                f"accounts.{each.id}.password",
                label=f"Password of {each.label}",
                type="secretRef",
                sensitive=True,
                source="secretRef",
                secret_ref=f"agent-local://account-pool/secrets/{SECRETS_FILE}/{each.id}",
            )
            for each in self._pool.accounts.values()
        ]
        return [
            ConfigItem("login.url", self._server.url, label="Login server", source="runtime"),
            ConfigItem(
                "session.seconds",
                self._server.session_seconds,
                label="Life of a session",
                source="file",
                editable=True,
                default=DEFAULT_SESSION_SECONDS,
            ),
            *passwords,
        ]

    async def list_accounts(self, ctx: Context) -> dict[str, Any]:
        """All accounts with the state of their sessions."""
        return {"list": _table(self._pool.rows())}

    async def show_account(self, ctx: Context, account: AccountId) -> dict[str, Any]:
        """Asks the login server about one session."""
        found = self._account(account)
        try:
            left = await self._pool.verify(found)
        except LoginFailed:
            left = 0.0
        self.agent.changed()
        return {"detail": self._detail(found, left)}

    async def refresh_login(self, ctx: Context, account: AccountId) -> dict[str, Any]:
        """Extends the session of an account, or logs it in."""
        found = self._account(account)
        await self._refresh(found)
        return {"account": found.id, "expiresAt": iso(found.expires_at)}

    async def refresh_all(self, ctx: Context) -> dict[str, Any]:
        """Refreshes every enabled account and prints how it went."""
        accounts = [each for each in self._pool.accounts.values() if each.enabled]
        failed = []
        for number, account in enumerate(accounts, start=1):
            ctx.progress(100 * (number - 1) / len(accounts), account.label)
            try:
                await self._refresh(account)
                print(f"{account.label}: logged in until {iso(account.expires_at)}")
            except ActionError as problem:
                failed.append(account.id)
                print(problem)
        return {"refreshed": len(accounts) - len(failed), "failed": failed}

    async def break_login(self, ctx: Context, account: AccountId) -> dict[str, Any]:
        """Changes an account's password at the login server without telling the pool: its logins fail."""
        found = self._account(account)
        self._server.set_password(found.id, secrets.token_urlsafe(18))
        try:
            await self._pool.verify(found)
        except LoginFailed as problem:
            print(problem)
        self.agent.changed()
        return {"detail": self._detail(found, 0.0)}

    async def heal_login(self, ctx: Context, account: AccountId) -> dict[str, Any]:
        """Sets the account's password at the login server right again and logs it in."""
        found = self._account(account)
        self._server.set_password(found.id, found.password)
        await self._refresh(found)
        return {"account": found.id, "expiresAt": iso(found.expires_at)}

    async def change_password(
        self,
        ctx: Context,
        account: AccountId,
        new_password: Annotated[
            str, Meta(min_length=8, max_length=200, extra_json_schema={"format": "password"})
        ],
    ) -> dict[str, Any]:
        """Changes an account's password at the login server and in the pool, and logs it in."""
        found = self._account(account)
        self._pool.keep_password(found, new_password)
        self._server.set_password(found.id, new_password)
        found.session = None
        await self._refresh(found)
        return {"account": found.id, "expiresAt": iso(found.expires_at)}

    async def set_enabled(self, ctx: Context, account: AccountId, enabled: bool) -> dict[str, Any]:
        """Takes an account out of the pool, or puts it back."""
        found = self._account(account)
        found.enabled = enabled
        self.agent.changed()
        return {"account": found.id, "enabled": found.enabled}

    async def expire_sessions(self, ctx: Context) -> dict[str, Any]:
        """Ends every session at the login server and watches the pool notice."""
        ended = self._server.expire_all()
        for account in self._pool.accounts.values():
            try:
                await self._pool.verify(account)
            except LoginFailed as problem:
                print(problem)
        self.agent.changed()
        return {"ended": ended}

    async def set_session_seconds(
        self, ctx: Context, seconds: Annotated[int, Meta(ge=60, le=3600, title="Seconds")]
    ) -> dict[str, Any]:
        """Sets how long sessions live after their next login or refresh."""
        self._server.session_seconds = float(seconds)
        self._preferences.keep("sessionSeconds", seconds)
        self.agent.changed()
        return {"sessionSeconds": seconds}

    async def offer_all(self, ctx: Context) -> Prepared:
        """Offers every account, those in need first."""
        sick = [each.id for each in self._pool.unhealthy()]
        return _choice(sick + [each for each in self._pool.accounts if each not in sick])

    async def offer_healthy(self, ctx: Context) -> Prepared:
        """Offers the accounts that are logged in."""
        now = time.time()
        return _choice([each.id for each in self._pool.accounts.values() if each.healthy(now)])

    async def offer_unhealthy(self, ctx: Context) -> Prepared:
        """Offers the accounts that need a login."""
        return _choice([each.id for each in self._pool.unhealthy()])

    def _account(self, account_id: str) -> Account:
        try:
            return self._pool.account(account_id)
        except LookupError as problem:
            raise ActionError(str(problem), code="NO_SUCH_ACCOUNT") from None

    async def _refresh(self, account: Account) -> None:
        try:
            await self._pool.refresh(account)
        except LoginFailed as problem:
            raise ActionError(str(problem), code="LOGIN_FAILED") from None
        finally:
            self.agent.changed()

    def _detail(self, account: Account, left: float) -> dict[str, Any]:
        row = next(row for row in self._pool.rows() if row["id"] == account.id)
        data = {**row, "leftMs": int(left * 1000)}
        again = {"label": "Refresh the login", "action": "refreshLogin", "payload": {"account": account.id}}
        return {"title": account.label, "data": data, "actions": [again]}


def _choice(accounts: list[str]) -> Prepared:
    return Prepared(initial={"account": accounts[0] if accounts else ""}, choices={"account": accounts})


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    target = {"account": "$row.id"}
    return {
        "title": "Accounts",
        "columns": [
            {"key": "label", "label": "Account"},
            {"key": "emailMasked", "label": "Address"},
            {"key": "healthy", "label": "Logged in", "format": "boolean"},
            {"key": "operationStatus", "label": "Last operation", "format": "status"},
            {"key": "loginVerifiedAt", "label": "Verified", "format": "relativeTime"},
            {"key": "lastError", "label": "Last error", "ellipsis": True},
        ],
        "data": rows,
        "rowActions": [
            {"label": "Show", "action": "showAccount", "payload": target},
            {"label": "Refresh", "action": "refreshLogin", "payload": target},
            {"label": "Break", "action": "breakLogin", "payload": target, "danger": True, "confirm": True},
        ],
        "pageActions": [{"label": "Refresh all", "action": "refreshAll"}],
    }
