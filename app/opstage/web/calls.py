"""Around every call: its id, its line in the log, how long it took and what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable
from typing import Any

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable
from quart import Quart, Response

from opstage import logs
from opstage.logs import Call
from opstage.web.guards import SAFE

log = logging.getLogger("opstage.call")

ADMIN, AGENT, SYSTEM, CONSOLE = "admin", "agent", "system", "console"
_ID_HEADER = logs.REQUEST_ID.lower().encode()
_SYSTEM = ("/api/", "/metrics", "/health", "/openapi.json")
REGISTER = "/api/agents/register"


def class_of(path: str) -> str:
    """Whom a path is for; the console is everything that is no call."""
    if path.startswith("/api/admin/"):
        return ADMIN
    if path.startswith("/api/agents/"):
        return AGENT
    return SYSTEM if path.startswith(_SYSTEM) else CONSOLE


def install_calls(app: Quart) -> None:
    """Put ``Calls`` around the application."""
    calls = Calls(app)
    app.asgi_app = calls  # type: ignore[method-assign, assignment]
    app.after_websocket(calls.refused)


class Calls:
    """ASGI around Quart, so that answers count that Quart makes before or after any hook."""

    def __init__(self, app: Quart) -> None:
        self._app = app
        self._inner: Any = app.asgi_app

    def __call__(self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> Awaitable[None]:
        """Carry a request, or pass a live connection on; that one's frames come through unwrapped."""
        if scope["type"] == "http":
            return self._request(scope, receive, send)
        if scope["type"] == "websocket":
            logs.present.set(Call("GET", scope["path"], _given_id(scope)))
        passed: Awaitable[None] = self._inner(scope, receive, send)
        return passed

    async def _request(self, scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        call = Call(scope["method"], scope["path"], _given_id(scope))
        began = time.perf_counter()
        status = 0

        async def answered(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (_ID_HEADER, str(call.request_id).encode())
                message = {**message, "headers": [*message["headers"], own]}
            await send(message)

        token = logs.present.set(call)
        try:
            await self._inner(scope, receive, answered)
        finally:
            self._ended(call, status, time.perf_counter() - began)
            logs.present.reset(token)
            call.over()

    def _ended(self, call: Call, status: int, seconds: float) -> None:
        kind = class_of(call.path)
        hub = self._app.config.get("HUB")
        if hub is not None and status:
            hub.measures.requested(kind, status, seconds)
        level = logging.INFO if _tells(kind, call, status) else logging.DEBUG
        if log.isEnabledFor(level):
            _write(level, call, status, seconds)

    async def refused(self, response: Any) -> Any:
        """After a WebSocket's handshake: ``response`` is what it was refused with, or None."""
        call = logs.present.get()
        if isinstance(response, Response) and call is not None:
            self._app.config["HUB"].measures.refused_sockets[response.status_code] += 1
            response.headers[logs.REQUEST_ID] = call.request_id
            _write(logging.INFO, call, response.status_code, None)
        return response


def _given_id(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == _ID_HEADER:
            return str(value.decode("latin1"))
    return None


def _tells(kind: str, call: Call, status: int) -> bool:
    """Failures and changes are told; what is only looked at, and what agents repeat, is detail."""
    if status >= 400:
        return True
    changes = call.method not in SAFE
    return changes and (kind != AGENT or call.path == REGISTER)


def _write(level: int, call: Call, status: int, seconds: float | None) -> None:
    fields: dict[str, Any] = {"method": call.method, "path": logs.masked(call.path)}
    text = str(status) if status else "left before the answer"
    if status:
        fields["status"] = status
    if seconds is not None:
        fields["durationMs"] = round(seconds * 1000, 1)
        text += f" in {seconds * 1000:.1f} ms"
    log.log(level, "%s %s %s", call.method, call.path, text, extra={"fields": fields})
