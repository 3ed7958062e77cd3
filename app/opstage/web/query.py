"""Query strings as structs: paging, sorting and filters, the same rules for every list.

A field of type ``tuple`` takes repeated parameters, which are alternatives; of any other field the
first counts. An empty value is as good as none; text is trimmed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, get_origin

import msgspec
from quart import Response, request

from opstage.store.records import Paging
from opstage.web.envelope import answer
from opstage.web.validation import checked

Q = TypeVar("Q", bound=msgspec.Struct)

PAGE_SIZE = 20
LARGEST_PAGE_SIZE = 100
LAST_PAGE = 10**9
_WHOLE = re.compile(r"[+-]?[0-9]+")


class PageQuery(msgspec.Struct, rename="camel", kw_only=True):
    """Which page. Both numbers are clamped to their ranges: 1 and up, 1 to 100."""

    page: int = 1
    page_size: int = PAGE_SIZE

    def paging(self, sort: str = "-createdAt") -> Paging:
        """As the store takes it."""
        page = min(LAST_PAGE, max(1, self.page))
        return Paging(page=page, page_size=min(LARGEST_PAGE_SIZE, max(1, self.page_size)), sort=sort)


def read_query(shape: type[Q], what: str) -> Q:
    """The query string of this request. Raises Invalid naming each bad parameter."""
    given: dict[str, Any] = {}
    for name, kind in _parameters(shape):
        values = [value.strip() for value in request.args.getlist(name) if value != ""]
        if values:
            given[name] = values if get_origin(kind) is tuple else _clamped(kind, values[0])
    return checked(given, shape, what, lax=True)


@cache
def _parameters(shape: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    return [(field.encode_name, field.type) for field in msgspec.structs.fields(shape)]


def _clamped(kind: Any, value: str) -> str | int:
    """Whole numbers that no machine word holds are out of range, not malformed."""
    if kind is int and _WHOLE.fullmatch(value):
        with contextlib.suppress(ValueError):
            return max(-LAST_PAGE, min(LAST_PAGE, int(value)))
    return value


def page_of(rows: Sequence[Any], total: int, paging: Paging, **beside: Any) -> Response:
    """One page of a list."""
    pagination = {"page": paging.page, "pageSize": paging.page_size, "total": total}
    return answer(rows, pagination=pagination, **beside)
