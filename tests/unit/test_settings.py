"""The environment: what it may say, and that everything it may not say is named at once."""

from __future__ import annotations

import pytest

from opstage.settings import Settings, SettingsError

WRONG = {
    "OPSTAGE_PORT": "0",
    "OPSTAGE_ADMIN_PASSWORD": "short",
    "OPSTAGE_SESSION_SECRET": "short",
    "OPSTAGE_SESSION_TTL_SECONDS": "0",
    "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "0",
    "OPSTAGE_AUDIT_RETENTION_DAYS": "-1",
    "OPSTAGE_HEALTH_RETENTION_DAYS": "a month",
    "OPSTAGE_COMMAND_RETENTION_DAYS": "1.5",
    "OPSTAGE_OUTPUT_RETENTION_DAYS": "-2",
    "OPSTAGE_BUS_EVENT_RETENTION_DAYS": "x",
    "OPSTAGE_TOKEN_RETENTION_DAYS": "x",
    "OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "-1",
    "OPSTAGE_BACKGROUND_SWEEP_BATCH_SIZE": "0",
    "OPSTAGE_COMMAND_RESULT_MAX_BYTES": "0",
    "OPSTAGE_CAPSULE_BUS_INGEST_PER_MIN": "0",
    "OPSTAGE_CAPSULE_BUS_MAX_DEPTH": "0",
    "OPSTAGE_TRUSTED_PROXIES": "nowhere",
    "OPSTAGE_LOG_LEVEL": "loud",
}
ALLOWED = {
    "OPSTAGE_AUDIT_RETENTION_DAYS": ("0", "audit_days", 0),
    "OPSTAGE_HEALTH_RETENTION_DAYS": ("0", "health_days", 0),
    "OPSTAGE_COMMAND_RETENTION_DAYS": ("1", "command_days", 1),
    "OPSTAGE_OUTPUT_RETENTION_DAYS": ("2", "output_days", 2),
    "OPSTAGE_BUS_EVENT_RETENTION_DAYS": ("3", "bus_event_days", 3),
    "OPSTAGE_TOKEN_RETENTION_DAYS": ("4", "token_days", 4),
    "OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": ("0", "maintenance_seconds", 0),
    "OPSTAGE_BACKGROUND_SWEEP_BATCH_SIZE": ("1", "sweep_batch", 1),
    "OPSTAGE_CAPSULE_BUS_ENABLED": (" YES ", "bus_enabled", True),
}


def test_every_bad_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(WRONG)

    assert [name for name in WRONG if name not in str(refused.value)] == []


@pytest.mark.parametrize("name", WRONG)
def test_each_bad_variable_alone_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: WRONG[name]})


@pytest.mark.parametrize("name", ALLOWED)
def test_the_least_value_that_may_be_is_taken(name: str) -> None:
    text, field, value = ALLOWED[name]
    assert getattr(Settings.from_environment({name: text}), field) == value


@pytest.mark.parametrize("name", WRONG)
def test_an_empty_value_counts_as_absent(name: str) -> None:
    assert Settings.from_environment({name: "  "}) == Settings()
