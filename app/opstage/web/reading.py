"""Request bodies: read once, bounded in size and time, and checked against their shape."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec
from quart import g, request

from opstage.errors import BadRequest, TooLarge, UnsupportedMedia
from opstage.web.validation import checked

Shape = TypeVar("Shape")

BODY_BYTES = 1024 * 1024
"""Largest request body."""
READ_BYTES = 4 * BODY_BYTES
"""A larger body is cut off unread, and its sender may see a broken connection instead of an answer."""
BODY_SECONDS = 30.0
"""How long a body may take to arrive."""


async def parse_body() -> None:
    """Read and parse the body, before anything else of the call is looked at.

    Raises BadRequest or TooLarge. An absent body counts as ``{}``, and so does ``null``.
    """
    g.raw = raw = await _read()
    g.parsed = {}
    if raw and request.is_json:
        try:
            parsed = msgspec.json.decode(raw)
            g.parsed = {} if parsed is None else parsed
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest("Expected JSON as the body.") from error


async def read_body(shape: type[Shape], what: str) -> Shape:
    """The parsed body as ``shape``. Raises UnsupportedMedia, BadRequest, Invalid naming each bad field."""
    if g.raw and not request.is_json:
        raise UnsupportedMedia("Expected a JSON body with Content-Type application/json.")
    parsed: Any = g.parsed
    try:
        return checked(parsed, shape, what)
    except RecursionError as error:
        raise BadRequest("Expected fewer levels of nesting.") from error


async def _read() -> bytes:
    """The body. One that is somewhat too large is read to its end, so that the refusal arrives."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.body:
                size += len(part)
                if size <= BODY_BYTES:
                    parts.append(part)
    except TimeoutError:
        raise BadRequest(f"Expected the whole body within {BODY_SECONDS:.0f} s.") from None
    if size > BODY_BYTES:
        raise TooLarge(f"Expected a body of at most {BODY_BYTES} bytes, got {size}.")
    return b"".join(parts)
