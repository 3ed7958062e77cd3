"""Asking the providers: failures are contained, said once, and forgotten when they are over."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.unit.agent.patience import PATIENCE_SECONDS

from opstage_agent.registry import Service
from opstage_agent.survey import Survey
from opstage_agent.values import ConfigItem, Health
from opstage_agent.wire import HealthStatus


def service() -> Service:
    return Service("shop")


async def test_a_service_without_providers_says_nothing_of_them() -> None:
    (report,) = await Survey([service()]).look()
    assert (report.health, report.configs) == (None, None)


async def test_each_spell_of_failures_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    shop, answers = service(), iter([False, False, True, False, True])

    def health() -> str:
        if not next(answers):
            raise ValueError("no disk")
        return "UP"

    shop.health_provider = health
    survey = Survey([shop])
    found = [(await survey.look())[0].health for _ in range(5)]
    assert [one and one.status.value for one in found] == ["UNKNOWN", "UNKNOWN", "UP", "UNKNOWN", "UP"]
    assert len(caplog.records) == 2


async def test_a_silent_provider_is_unknown_and_not_asked_again_before_it_answers() -> None:
    shop, go, asked = service(), threading.Event(), []

    def health() -> Health:
        asked.append(1)
        go.wait(PATIENCE_SECONDS)
        return Health.up("at last")

    shop.health_provider = health
    survey = Survey([shop], seconds=0.05)
    for _ in range(2):
        (report,) = await survey.look()
        assert report.health is not None
        assert (report.health.status, "0.05 s" in str(report.health.message)) == (HealthStatus.UNKNOWN, True)
    go.set()
    patient = Survey([shop], seconds=PATIENCE_SECONDS)
    patient._asked = survey._asked
    (report,) = await patient.look()
    assert report.health is not None
    assert (report.health.message, len(asked)) == ("at last", 1)


async def test_settings_stay_as_last_known_while_their_provider_fails() -> None:
    shop, working = service(), [True]

    async def config() -> list[ConfigItem]:
        if not working[0]:
            raise ValueError("no file")
        return [ConfigItem("a", 1)]

    shop.config_provider = config
    survey = Survey([shop])
    first = await survey.look()
    working[0] = False
    assert await survey.look() == first
    assert await Survey([shop]).look() != first


async def test_services_are_asked_beside_each_other() -> None:
    both = asyncio.Barrier(2)

    async def health() -> str:
        await asyncio.wait_for(both.wait(), PATIENCE_SECONDS)
        return "UP"

    shops = [Service("one"), Service("two")]
    for shop in shops:
        shop.health_provider = health
    reports = await Survey(shops).look()
    assert [report.health and report.health.status.value for report in reports] == ["UP", "UP"]
