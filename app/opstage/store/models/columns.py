"""How columns are spelled, and what all tables share."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


def id_field() -> Any:
    """A text primary key."""
    return fields.CharField(max_length=80, primary_key=True)


def word(length: int = 40, **options: Any) -> Any:
    """A short text with a bound."""
    return fields.CharField(max_length=length, **options)


def moment(**options: Any) -> Any:
    """A time as ISO-8601 UTC text with milliseconds."""
    return fields.CharField(max_length=24, **options)


def text(**options: Any) -> Any:
    """Text without a bound of its own."""
    return fields.TextField(**options)


def json_text(default: str = "{}", **options: Any) -> Any:
    """JSON as text."""
    return fields.TextField(default=default, **options)


def reference(model: str, **options: Any) -> Any:
    """A foreign key; what is referred to cannot be deleted unless the options say otherwise."""
    options.setdefault("on_delete", fields.RESTRICT)
    return fields.ForeignKeyField(f"opstage.{model}", related_name=False, db_index=False, **options)


class Stored(Model):
    """What every table has."""

    id = id_field()
    created_at = moment()
    updated_at = moment()

    class Meta:
        abstract = True


class Appended(Model):
    """What tables have whose rows never change."""

    id = id_field()
    created_at = moment()

    class Meta:
        abstract = True
