"""The shape every list query shares: conditions, order with a tie-break, one page and the total."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from opstage.store.mapping import Mapping, to_json
from opstage.store.records import Paging
from opstage.store.tx import Reader

R = TypeVar("R", bound=msgspec.Struct)

LOOKED_UP = 500
"""Values that are looked up in an index one by one."""


class Where:
    """Conditions joined by AND. Absent values add nothing."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> Where:
        """A condition with its values."""
        self._conditions.append(condition)
        self.values.extend(values)
        return self

    def any_of(self, column: str, values: Sequence[str]) -> Where:
        """The column has one of the values."""
        if values:
            self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)
        return self

    def among(self, column: str, values: Sequence[str] | None) -> Where:
        """The column has one of the values, of which there may be none or very many; None: any."""
        if values is not None:
            # With a plus the column is only compared. Looking each of very many values up in its index
            # would cost more than to go through the table in the order of the list.
            sign = "+" if len(values) > LOOKED_UP else ""
            self.add(f"{sign}{column} IN (SELECT value FROM json_each(?))", to_json(values))  # noqa: S608
        return self

    def without(self, column: str, values: Sequence[str]) -> Where:
        """The column has none of the values, of which there may be very many."""
        if values:
            self.add(f"{column} NOT IN (SELECT value FROM json_each(?))", to_json(values))  # noqa: S608
        return self

    def contains(self, columns: Sequence[str], q: str | None) -> Where:
        """One of the columns contains the text: literally, letters in either case."""
        if q and "\0" in q:
            # A pattern of SQLite's ends there, and would find whatever goes with what stands before it.
            self.add("FALSE")
        elif q:
            test, pattern = ("LIKE ? ESCAPE '\\'", _like(q)) if q.isascii() else ("GLOB ?", _glob(q))
            tests = " OR ".join(f"{column} {test}" for column in columns)
            self.add(f"({tests})", *[pattern] * len(columns))
        return self

    @property
    def sql(self) -> str:
        """`` WHERE …``, or nothing."""
        return f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _glob(text: str) -> str:
    # LIKE takes only ASCII letters for equal in both cases. GLOB never does, but has classes.
    return f"*{''.join(map(_either_case, text))}*"


def _either_case(letter: str) -> str:
    cases = {each for each in (letter, letter.lower(), letter.upper()) if len(each) == 1}
    return f"[{''.join(sorted(cases))}]" if len(cases) > 1 or letter in "*?[" else letter


def order_by(sort: str, columns: Map[str, str], tie: str) -> str:
    """`` ORDER BY …`` for ``field`` or ``-field``. ValueError names the fields there are."""
    name = sort.removeprefix("-")
    if name not in columns:
        raise ValueError(f"cannot sort by {name!r}: expected one of {', '.join(sorted(columns))}")
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f" ORDER BY {columns[name]} {direction}, {tie} {direction}"


async def page(
    reader: Reader,
    mapping: Mapping[R],
    where: Where,
    paging: Paging,
    sorts: Map[str, str],
    *,
    joins: str = "",
) -> tuple[list[R], int]:
    """One page and the number of all rows that match. The table's alias is ``t``."""
    total = await _total(reader, mapping.table, where)
    order = order_by(paging.sort, sorts, "t.id")
    # The page is cut on ids alone, from an index; only its rows are joined to their names.
    rows = await reader.rows(
        mapping.select(f"{joins} WHERE t.id IN ({_cut(mapping.table, where, order)}){order}"),
        *where.values,
        paging.page_size,
        paging.offset,
    )
    return mapping.read_all(rows), total


async def page_of_ids(
    reader: Reader, table: str, where: Where, paging: Paging, sorts: Map[str, str]
) -> tuple[list[str], int]:
    """As page, for tables whose rows are in memory: the ids alone."""
    total = await _total(reader, table, where)
    cut = _cut(table, where, order_by(paging.sort, sorts, "t.id"))
    rows = await reader.rows(cut, *where.values, paging.page_size, paging.offset)
    return [row[0] for row in rows], total


async def _total(reader: Reader, table: str, where: Where) -> int:
    return int(await reader.value(f"SELECT COUNT(*) FROM {table} AS t{where.sql}", *where.values))  # noqa: S608


def _cut(table: str, where: Where, order: str) -> str:
    return f"SELECT t.id FROM {table} AS t{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608
