"""What each call is: who may make it, what it takes, what it answers.

``operation`` is the one source: the guards read from it who may call, before anything else is looked
at; body and query are checked against its shapes; and ``/openapi.json`` is made of it
(``openapi.py``). A handler gets what was read as the arguments ``body`` and ``query``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from quart import Response, current_app, request

from opstage.core.access import Capability
from opstage.hub.limits import Limits
from opstage.web.query import read_query
from opstage.web.reading import read_body

Handler = Callable[..., Awaitable[Response]]

ATTRIBUTE = "opstage_operation"


class Caller(StrEnum):
    """Who may make calls that no role of an operator decides about."""

    PUBLIC = "public"
    AGENT = "agent"
    """The agent named in the path, by its token."""


@dataclass(frozen=True)
class Operation:
    """One call. ``answer`` is the type of ``data``; ``listed``: a page of them; None: no ``data``."""

    who: Capability | Caller
    what: str
    body: Any = None
    query: Any = None
    answer: Any = None
    listed: bool = False
    bare: bool = False
    """The answer is not in the envelope."""
    media: str = "application/json"
    others: tuple[str, ...] = ()
    """Further media types that a caller can ask for."""
    bus: bool = False
    """Only while the bus is switched on."""
    session: bool = False
    """Only for people who signed in, not for API keys."""
    limit: Callable[[Limits, str | None], None] | None = None
    """Counts these calls by address; raises RateLimited."""
    existing: Callable[..., Awaitable[None]] | None = None
    """Called with what the path names, before query and body are looked at; raises NotFound."""


def operation(who: Capability | Caller, what: str, **rest: Any) -> Callable[[Handler], Handler]:
    """Describe a handler; the arguments are those of Operation.

    ``what`` begins the messages about bad input: "<what> validation failed."
    """
    described = Operation(who, what, **rest)

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        async def checked(**arguments: Any) -> Response:
            if described.existing is not None:
                await described.existing(**arguments)
            if described.query is not None:
                arguments["query"] = read_query(described.query, f"{what} query")
            if described.body is not None:
                arguments["body"] = await read_body(described.body, what)
            return await handler(**arguments)

        setattr(checked, ATTRIBUTE, described)
        return checked

    return wrap


def called() -> Operation | None:
    """The operation of the present request; None for an unknown route and for pages."""
    handler = current_app.view_functions.get(request.endpoint or "")
    found: Operation | None = getattr(handler, ATTRIBUTE, None)
    return found
