"""Settings, read once from the environment and frozen (``docs/operations.md`` lists them)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from opstage_agent import wire

LOG_FORMATS = ("json", "text")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(ValueError):
    """The environment holds values that cannot be; the message names each variable."""


def _integer(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ValueError(f"expected a whole number of at least {least}, got {text!r}")
        return int(text)

    return parse


def _boolean(text: str) -> bool:
    """True for four spellings of it (``docs/operations.md``), false for anything else."""
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError("expected a number above 0")
    return value


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("expected at least 32 characters")
    return text


def _password(text: str) -> str:
    if len(text) < 12:
        raise ValueError("expected at least 12 characters")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _log_format(text: str) -> str:
    if text.lower() not in LOG_FORMATS:
        raise ValueError(f"expected json or text, got {text!r}")
    return text.lower()


def _setting(variable: str, default: Any, parse: Callable[[str], Any] = str, about: str = "") -> Any:
    return field(default=default, metadata={"variable": variable, "parse": parse, "about": about})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be chosen from outside. Seconds are seconds, bytes are bytes."""

    host: str = _setting("OPSTAGE_HOST", "0.0.0.0", about="address to listen on")
    port: int = _setting("OPSTAGE_PORT", 8080, _port, about="port to listen on")
    data_dir: Path = _setting(
        "OPSTAGE_DATA_DIR", Path("data"), Path, about="folder of the database and the kept secrets"
    )
    database_url: str | None = _setting(
        "DATABASE_URL", None, about="`file:` and a path; default `file:<data dir>/opstage.db`"
    )
    static_dir: Path = _setting(
        "OPSTAGE_STATIC_DIR",
        Path(__file__).parent / "console",
        Path,
        about="the built console; default: the one in the package",
    )
    admin_username: str | None = _setting(
        "OPSTAGE_ADMIN_USERNAME", None, about="name of the first owner; default `owner`"
    )
    admin_password: str | None = _setting(
        "OPSTAGE_ADMIN_PASSWORD",
        None,
        _password,
        about="password of the first owner, 12 characters or more; default: made and kept",
    )
    session_secret: str | None = _setting(
        "OPSTAGE_SESSION_SECRET",
        None,
        _secret,
        about="signs session cookies, 32 characters or more; default: made and kept",
    )
    session_seconds: int = _setting(
        "OPSTAGE_SESSION_TTL_SECONDS", 28800, _integer(1), about="how long a sign-in lasts"
    )
    offline_seconds: int = _setting(
        "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS",
        90,
        _integer(1),
        about="silence after which a polling agent's services are stale",
    )
    heartbeat_seconds: float = _setting(
        "OPSTAGE_AGENT_HEARTBEAT_INTERVAL_SECONDS",
        15.0,
        _number,
        about="heartbeat of socket agents (longer from 200 agents per second on)",
    )
    maintenance_seconds: int = _setting(
        "OPSTAGE_MAINTENANCE_INTERVAL_SECONDS", 60, _integer(0), about="sweep interval; 0 switches it off"
    )
    sweep_batch: int = _setting(
        "OPSTAGE_BACKGROUND_SWEEP_BATCH_SIZE",
        500,
        _integer(1),
        about="rows the sweep deletes in one transaction",
    )
    audit_days: int = _setting(
        "OPSTAGE_AUDIT_RETENTION_DAYS", 90, _integer(0), about="days audit events are kept; 0 for ever"
    )
    health_days: int = _setting(
        "OPSTAGE_HEALTH_RETENTION_DAYS", 30, _integer(0), about="days health reports are kept; 0 for ever"
    )
    command_days: int = _setting(
        "OPSTAGE_COMMAND_RETENTION_DAYS", 90, _integer(0), about="days ended commands are kept; 0 for ever"
    )
    output_days: int = _setting(
        "OPSTAGE_OUTPUT_RETENTION_DAYS",
        30,
        _integer(0),
        about="days the output of ended commands is kept; 0 as long as the commands",
    )
    bus_event_days: int = _setting(
        "OPSTAGE_BUS_EVENT_RETENTION_DAYS", 30, _integer(0), about="days bus events are kept; 0 for ever"
    )
    token_days: int = _setting(
        "OPSTAGE_TOKEN_RETENTION_DAYS",
        90,
        _integer(0),
        about="days used, expired and revoked tokens are kept; 0 for ever",
    )
    token_overlap_seconds: int = _setting(
        "OPSTAGE_AGENT_TOKEN_OVERLAP_SECONDS",
        600,
        _integer(0),
        about="how long a replaced agent token goes on after the first use of the new one",
    )
    command_seconds: int = _setting(
        "OPSTAGE_COMMAND_TTL_SECONDS", 300, _integer(1), about="how long a command waits to be accepted"
    )
    one_time_seconds: int = _setting(
        "OPSTAGE_ONE_TIME_SECRET_SECONDS",
        300,
        _integer(1),
        about="how long a key that a result hands over once can be read",
    )
    result_bytes: int = _setting(
        "OPSTAGE_COMMAND_RESULT_MAX_BYTES", wire.RESULT_BYTES, _integer(1), about="largest command result"
    )
    lease_seconds: float = _setting(
        "OPSTAGE_COMMAND_LEASE_SECONDS",
        float(wire.LEASE_SECONDS),
        _number,
        about="silence after which a sent command is taken for lost",
    )
    in_flight: int = _setting(
        "OPSTAGE_AGENT_MAX_IN_FLIGHT",
        wire.MAX_IN_FLIGHT,
        _integer(1),
        about="commands at one agent at a time",
    )
    handshakes_per_second: int = _setting(
        "OPSTAGE_AGENT_HANDSHAKES_PER_SECOND", 100, _integer(1), about="agent connections admitted"
    )
    messages_per_second: int = _setting(
        "OPSTAGE_AGENT_MESSAGES_PER_SECOND", wire.MESSAGES_PER_SECOND, _integer(1), about="per agent"
    )
    messages_burst: int = _setting(
        "OPSTAGE_AGENT_MESSAGES_BURST", wire.MESSAGES_BURST, _integer(1), about="per agent, at once"
    )
    frame_bytes: int = _setting(
        "OPSTAGE_AGENT_FRAME_BYTES", wire.AGENT_FRAME_BYTES, _integer(1024), about="largest agent frame"
    )
    operator_frame_bytes: int = _setting(
        "OPSTAGE_OPERATOR_FRAME_BYTES",
        wire.OPERATOR_FRAME_BYTES,
        _integer(256),
        about="largest frame a browser may send",
    )
    subscriptions: int = _setting(
        "OPSTAGE_OPERATOR_SUBSCRIPTIONS", 32, _integer(1), about="views one operator socket may follow"
    )
    operator_sockets: int = _setting(
        "OPSTAGE_OPERATOR_SOCKETS", 16, _integer(1), about="operator sockets one user may hold"
    )
    logins_per_minute: int = _setting(
        "OPSTAGE_LOGIN_ATTEMPTS_PER_MINUTE",
        10,
        _integer(0),
        about="sign-in attempts per address and per account; 0 lifts the limit",
    )
    registrations_per_minute: int = _setting(
        "OPSTAGE_REGISTRATIONS_PER_MINUTE",
        600,
        _integer(0),
        about="registrations of agents per address; 0 lifts the limit",
    )
    agent_calls_per_minute: int = _setting(
        "OPSTAGE_AGENT_CALLS_PER_MINUTE",
        600,
        _integer(0),
        about="REST calls per agent, and calls with unknown tokens per address; 0 lifts the limit",
    )
    node_environment: str | None = _setting(
        "NODE_ENV", None, str.lower, about="`development` or `test`: the cookie is never `Secure`"
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        "OPSTAGE_TRUSTED_PROXIES",
        (),
        _networks,
        about="networks whose X-Forwarded-For and -Proto are believed, comma-separated",
    )
    bus_enabled: bool = _setting(
        "OPSTAGE_CAPSULE_BUS_ENABLED",
        False,
        _boolean,
        about="serve the bus: `1`, `true`, `yes` or `on`, in either case; anything else is off",
    )
    bus_events_per_minute: int = _setting(
        "OPSTAGE_CAPSULE_BUS_INGEST_PER_MIN", 60, _integer(1), about="bus events taken from one agent"
    )
    bus_depth: int = _setting(
        "OPSTAGE_CAPSULE_BUS_MAX_DEPTH",
        1,
        _integer(1),
        about="how many events long a chain may get after the first, each caused by the one before",
    )
    backup_dir: Path | None = _setting(
        "OPSTAGE_BACKUP_DIR", None, Path, about="folder of the backups; default `backups` in the data folder"
    )
    backup_seconds: int = _setting(
        "OPSTAGE_BACKUP_INTERVAL_SECONDS",
        0,
        _integer(0),
        about="time between scheduled backups; 0: none but those asked for",
    )
    backups_kept: int = _setting(
        "OPSTAGE_BACKUP_KEEP", 7, _integer(1), about="how many backups stay in the folder, the newest ones"
    )
    metrics_public: bool = _setting(
        "OPSTAGE_METRICS_PUBLIC", False, _boolean, about="whether `/metrics` needs no credential"
    )
    log_format: str | None = _setting(
        "OPSTAGE_LOG_FORMAT", None, _log_format, about="`json` or `text`; default: text on a terminal"
    )
    log_level: str = _setting("OPSTAGE_LOG_LEVEL", "info", str.lower, about="debug, info, warning or error")
    version: str | None = _setting("OPSTAGE_VERSION", None, about="shown version")
    commit: str | None = _setting("OPSTAGE_COMMIT", None, about="shown commit")
    build_time: str | None = _setting("OPSTAGE_BUILD_TIME", None, about="shown build time")

    @property
    def database(self) -> str:
        """Where the database is, as a URL."""
        return self.database_url or f"file:{self.data_dir / 'opstage.db'}"

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def development(self) -> bool:
        """This is no server for production."""
        return self.node_environment in {"development", "test"}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read all variables; SettingsError names every bad one. Empty values count as absent."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        for each in fields(cls):
            text = environment.get(each.metadata["variable"], "").strip()
            if not text:
                continue
            try:
                values[each.name] = each.metadata["parse"](text)
            except ValueError as error:
                problems.append(f"{each.metadata['variable']}: {error}")
        if values.get("log_level", "info") not in {"debug", "info", "warning", "error"}:
            problems.append("OPSTAGE_LOG_LEVEL: expected debug, info, warning or error")
        if problems:
            raise SettingsError("The environment cannot be used: " + "; ".join(problems))
        return cls(**values)
