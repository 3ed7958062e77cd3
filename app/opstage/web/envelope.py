"""The JSON envelope of every answer, and the way errors get into it."""

from __future__ import annotations

import logging
import math
from typing import Any

import msgspec
from quart import Quart, Response, g, request
from werkzeug.exceptions import HTTPException

from opstage.core.redaction import redact
from opstage.errors import BadRequest, NotFound, OpstageError, TooLarge
from opstage.web.reading import BODY_BYTES, READ_BYTES

log = logging.getLogger("opstage.web")


def answer(data: Any, **beside: Any) -> Response:
    """A success: ``{"success": true, "data": …}`` and siblings such as ``pagination``."""
    return _json({"success": True, "data": data, **beside}, 200)


def done() -> Response:
    """A success that has nothing to say."""
    return _json({"success": True}, 200)


def refusal(error: OpstageError) -> Response:
    """The error envelope; a 5xx says nothing of the inside."""
    g.refusal_code = error.code
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.status == 500:
        body["message"] = "Internal server error."
    elif error.details is not None and error.status < 500:
        body["details"] = redact(error.details)
    response = _json({"success": False, "error": body}, error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return response


def _json(body: dict[str, Any], status: int) -> Response:
    response = Response(msgspec.json.encode(body), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def install_errors(app: Quart) -> None:
    """Answer every failure of the application in the envelope."""
    app.config["MAX_CONTENT_LENGTH"] = READ_BYTES
    app.register_error_handler(OpstageError, _refused)
    app.register_error_handler(HTTPException, _http_failed)
    app.register_error_handler(Exception, _failed)


async def _refused(error: OpstageError) -> Response:
    return refusal(error)


async def _http_failed(error: HTTPException) -> Response:
    status = error.code or 500
    if status in {404, 405}:
        return refusal(NotFound("Route not found."))
    if status == 413:
        return refusal(TooLarge(f"Expected a body of at most {BODY_BYTES} bytes."))
    if status < 500:
        refused = BadRequest(error.description or "Bad request.")
        refused.status = status
        return refusal(refused)
    return await _failed(error)


async def _failed(error: Exception) -> Response:
    log.error(
        "Unexpected failure in %s %s", request.method if request else "socket", _where(), exc_info=error
    )
    return refusal(OpstageError("Internal server error."))


def _where() -> str:
    return request.path if request else ""
