"""Page and filter parameters of lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quart import Response, request

from opstage.errors import Invalid
from opstage.store.records import Paging
from opstage.web.envelope import answer

PAGE_SIZE = 20
LARGEST_PAGE_SIZE = 100


class Query:
    """The query of a list call. Problems are gathered and raised together by ``check``."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._issues: list[tuple[str, str]] = []

    def paging(self) -> Paging:
        """``page`` and ``pageSize``, clamped to their ranges."""
        page = max(1, self._integer("page", 1))
        size = min(LARGEST_PAGE_SIZE, max(1, self._integer("pageSize", PAGE_SIZE)))
        return Paging(page=page, page_size=size)

    def choice(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Values of an enumeration; several are alternatives."""
        values = self._values(name)
        for value in values:
            if value not in allowed:
                self._issues.append((name, f"Expected one of {', '.join(allowed)}."))
        return values

    def identifier(self, name: str, prefix: str) -> tuple[str, ...]:
        """Ids of one kind."""
        values = self._values(name)
        for value in values:
            if not value.startswith(prefix):
                self._issues.append((name, f"Expected an id that starts with {prefix}."))
        return values

    def text(self, name: str, longest: int) -> tuple[str, ...]:
        """Free text of 1 to ``longest`` characters after trimming."""
        values = tuple(value.strip() for value in self._values(name))
        for value in values:
            if not 1 <= len(value) <= longest:
                self._issues.append((name, f"Expected 1 to {longest} characters."))
        return values

    def check(self) -> None:
        """Raise Invalid if anything was wrong."""
        if self._issues:
            raise Invalid.at(f"{self._what} query validation failed.", *self._issues)

    def _values(self, name: str) -> tuple[str, ...]:
        return tuple(value for value in request.args.getlist(name) if value != "")

    def _integer(self, name: str, default: int) -> int:
        values = self._values(name)
        if not values:
            return default
        try:
            return min(int(values[0]), 10**9)
        except ValueError:
            self._issues.append((name, "Expected a whole number."))
            return default


def listed(rows: Sequence[Any], total: int, paging: Paging) -> Response:
    """One page of a list."""
    pagination = {"page": paging.page, "pageSize": paging.page_size, "total": total}
    return answer(rows, pagination=pagination)
