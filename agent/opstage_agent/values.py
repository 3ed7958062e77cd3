"""What providers and handlers may answer, and how it goes onto the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from opstage_agent import wire
from opstage_agent.output import cut_line
from opstage_agent.wire import HealthStatus

DETAILS_BYTES = 48 * 1024
"""Health details beyond this are left out, and said so: a heartbeat must fit a frame."""
PREVIEW_CHARS = 500


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. ``details`` is any JSON object; keep secrets out of it."""

    status: HealthStatus
    message: str | None = None
    details: Mapping[str, Any] | None = None

    @classmethod
    def up(cls, message: str | None = None, details: Mapping[str, Any] | None = None) -> Health:
        """Able to do its job."""
        return cls(HealthStatus.UP, message, details)

    @classmethod
    def degraded(cls, message: str | None = None, details: Mapping[str, Any] | None = None) -> Health:
        """Works partly."""
        return cls(HealthStatus.DEGRADED, message, details)

    @classmethod
    def down(cls, message: str | None = None, details: Mapping[str, Any] | None = None) -> Health:
        """Cannot do its job."""
        return cls(HealthStatus.DOWN, message, details)

    @classmethod
    def unknown(cls, message: str | None = None, details: Mapping[str, Any] | None = None) -> Health:
        """Nobody can say."""
        return cls(HealthStatus.UNKNOWN, message, details)


@dataclass(frozen=True, slots=True)
class ConfigItem:
    """One setting, for people to see. The value of a ``sensitive`` one never leaves the process."""

    key: str
    value: Any = None
    label: str | None = None
    type: str | None = None
    source: str | None = None
    editable: bool = False
    sensitive: bool = False
    default: Any = None
    secret_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The form of an action as it is right now.

    ``initial`` are the start values, ``choices`` the values a field may take at the moment (by field
    name as in the payload), ``state`` whatever the console should show beside the form, ``overlay``
    replaces entries of the catalogue (``label``, ``description``, ``inputSchema``, ...).
    """

    initial: Mapping[str, Any] | None = None
    choices: Mapping[str, list[Any]] | None = None
    state: Mapping[str, Any] | None = None
    overlay: Mapping[str, Any] | None = None


def health_input(answer: object) -> wire.HealthInput:
    """The answer of a health provider. TypeError or ValueError when it is none."""
    if isinstance(answer, Health):
        health = answer
    elif isinstance(answer, str):
        health = Health(HealthStatus(answer))
    elif isinstance(answer, Mapping):
        status = HealthStatus(str(answer.get("status")))
        health = Health(status, answer.get("message"), answer.get("details"))
    else:
        raise TypeError(
            f"A health provider answers Health, a status or a mapping, not {type(answer).__name__}."
        )
    details = None if health.details is None else json_object(health.details)
    if details and len(msgspec.json.encode(details)) > DETAILS_BYTES:
        details = {"omitted": f"The details were larger than {DETAILS_BYTES} bytes."}
    message = None if health.message is None else cut_line(str(health.message), 2000)
    return wire.HealthInput(status=health.status, message=message, details=details)


def config_input(item: ConfigItem | Mapping[str, Any]) -> wire.ConfigInput:
    """A setting as it is reported, without anything secret."""
    if not isinstance(item, ConfigItem):
        item = ConfigItem(**item)
    return wire.ConfigInput(
        key=item.key,
        type=item.type or _type_name(item),
        label=item.label,
        source=item.source,
        editable=item.editable,
        sensitive=item.sensitive,
        value_preview=None if item.sensitive else _preview(item.value),
        default_value=None if item.sensitive else _preview(item.default),
        secret_ref=item.secret_ref,
    )


def json_object(value: object) -> dict[str, Any]:
    """``value`` as a JSON object; a list, text or number is wrapped as ``{"value": …}``."""
    # Through the encoder, so that whatever JSON cannot carry fails here and not on the wire.
    plain = msgspec.json.decode(msgspec.json.encode(value, enc_hook=str))
    if plain is None:
        return {}
    return plain if isinstance(plain, dict) else {"value": plain}


def _type_name(item: ConfigItem) -> str:
    if item.secret_ref is not None:
        return "secretRef"
    value = item.default if item.value is None else item.value
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "json" if isinstance(value, dict | list | tuple) else "string"


def _preview(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return text[:PREVIEW_CHARS]
