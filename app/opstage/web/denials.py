"""Refused and failed calls of the admin API are noted here, whatever refused them."""

from __future__ import annotations

import logging

from quart import Quart, Response, g, request

from opstage.errors import OpstageError
from opstage.hub.api_keys import KeyRefused
from opstage.store.records import Actor
from opstage.web.guards import LOGIN, SAFE, actor, hub, recognise

log = logging.getLogger("opstage.web")


def install_denials(app: Quart) -> None:
    """Look at every answer on its way out."""
    app.after_request(_look)


async def _look(response: Response) -> Response:
    try:
        if _tells(response.status_code):
            await _note(response.status_code)
    except Exception:
        # The answer stands, whatever becomes of the note.
        log.exception("A refusal could not be noted")
    return response


def _tells(status: int) -> bool:
    """A read that is forbidden tells as much about its caller as a change; one that is misspelt does not."""
    if status < 400 or not request.path.startswith("/api/admin/") or request.path == LOGIN:
        return False
    return status == 403 or request.method not in SAFE


async def _note(status: int) -> None:
    caller = await _who()
    if caller is not None:
        hub().denials.note(
            caller,
            method=request.method,
            path=request.path,
            code=g.get("refusal_code", "INTERNAL_ERROR"),
            status=status,
        )


async def _who() -> Actor | None:
    """The caller, also of a body that could not be read, and of a key that opens nothing any more."""
    if "principal" in g:
        return actor()
    try:
        return (await recognise(request)).actor
    except KeyRefused as error:
        return error.actor
    except OpstageError:
        return None
