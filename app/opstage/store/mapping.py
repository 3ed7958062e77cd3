"""Rows to records and back, one ``Mapping`` per table.

Columns are named like fields, ``<field>_json`` when they hold JSON. Which conversion a field needs
is read off its name and type: ``*_at``, ``*_since``, ``*_until`` and ``not_before`` are times.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from typing import Any, Generic, TypeVar, get_origin, get_type_hints

import msgspec

from opstage.core.times import epoch, iso_or_none
from opstage.store.tx import Row

R = TypeVar("R", bound=msgspec.Struct)
Convert = Callable[[Any], Any]

encode_json = msgspec.json.Encoder().encode
decode_json = msgspec.json.decode


def to_json(value: Any) -> str:
    """JSON as the text columns hold it."""
    return encode_json(value).decode()


def _from_time(text: str | None) -> float | None:
    return None if text is None else epoch(text)


def _is_time(name: str) -> bool:
    return name.endswith(("_at", "_since", "_until")) or name == "not_before"


def _converters(name: str, hint: Any) -> tuple[str, Convert | None, Convert | None]:
    """Column name, how to read it, how to write it; None when the value stays as it is."""
    if get_origin(hint) in (dict, list):
        return f"{name}_json", decode_json, to_json
    if _is_time(name):
        return name, _from_time, iso_or_none
    if hint is bool:
        return name, bool, int
    return name, None, None


class Mapping(Generic[R]):
    """How one record type lies in one table.

    ``names`` gives the column of a field where it is not the field's name, ``joined`` the SQL
    expression of a field that is not a column of the table (read only).
    """

    def __init__(
        self,
        record: type[R],
        table: str,
        *,
        alias: str = "t",
        names: Map[str, str] | None = None,
        joined: Map[str, str] | None = None,
    ) -> None:
        self._record = record
        self.table = table
        self._alias = alias
        self._fields: list[tuple[str, Convert | None]] = []
        self._columns: list[tuple[str, str, Convert | None]] = []
        selected = []
        hints = get_type_hints(record)
        for field in record.__struct_fields__:
            column, read, write = _converters(field, hints[field])
            column = (names or {}).get(field, column)
            self._fields.append((field, read))
            if joined and field in joined:
                selected.append(joined[field])
            else:
                selected.append(f"{alias}.{column}")
                self._columns.append((field, column, write))
        self.selected = ", ".join(selected)
        """The select list, in the order ``read`` expects."""
        self.width = len(selected)

    @property
    def columns(self) -> list[str]:
        """The table's columns this mapping writes."""
        return [column for _, column, _ in self._columns]

    def select(self, rest: str = "", *, more: str = "") -> str:
        """SELECT of ``selected`` and then ``more`` from the table; ``rest`` is everything after it."""
        return f"SELECT {self.selected}{more} FROM {self.table} AS {self._alias} {rest}"  # noqa: S608

    def read(self, row: Row, start: int = 0) -> R:
        """The record in a row whose columns from ``start`` on are ``selected``."""
        values = {}
        for (field, convert), value in zip(self._fields, row[start:] if start else row, strict=False):
            values[field] = value if convert is None else convert(value)
        return self._record(**values)

    def read_all(self, rows: Any) -> list[R]:
        """As read, for many."""
        return [self.read(row) for row in rows]

    def values(self, record: R, only: frozenset[str] | None = None) -> list[Any]:
        """What to write, in the order of ``columns`` (those of the fields in ``only``)."""
        return [
            value if write is None else write(value)
            for field, _, write in self._columns
            if only is None or field in only
            for value in (getattr(record, field),)
        ]

    def insert(self, *more: str) -> str:
        """INSERT of ``columns`` and then ``more``; ends before any ON CONFLICT."""
        names = [*self.columns, *more]
        marks = ", ".join("?" * len(names))
        return f"INSERT INTO {self.table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608

    def assignments(self, fields: frozenset[str]) -> str:
        """``column = ?, …`` for some fields, in the order of ``values(record, fields)``."""
        return ", ".join(f"{column} = ?" for field, column, _ in self._columns if field in fields)
