"""Asks the providers of the services how things are. A provider that fails never harms anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from opstage_agent import wire
from opstage_agent.output import cut_line
from opstage_agent.registry import Service
from opstage_agent.threads import call
from opstage_agent.values import config_input, health_input
from opstage_agent.wire import HealthStatus

PROVIDER_SECONDS = 10.0
"""How long a provider may take. One that takes longer is not asked again before it answered."""

_log = logging.getLogger("opstage_agent")


class Survey:
    """The services as their providers describe them now.

    A health provider that fails or is silent makes the health UNKNOWN, with the reason; a config
    provider that does leaves the last known settings. Each is logged once, until it works again.
    """

    def __init__(self, services: Iterable[Service], *, seconds: float = PROVIDER_SECONDS) -> None:
        self._services = list(services)
        self._seconds = seconds
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._configs: dict[str, list[wire.ConfigInput]] = {}
        self._failing: set[str] = set()

    async def look(self) -> list[wire.ReportedService]:
        """Every service, complete. Takes no longer than the slowest provider is allowed to."""
        return await asyncio.gather(*(self._look_at(service) for service in self._services))

    def close(self) -> None:
        """Ask no more."""
        for task in self._asked.values():
            task.cancel()

    async def _look_at(self, service: Service) -> wire.ReportedService:
        health, configs = await asyncio.gather(self.health(service), self._config(service))
        return service.reported(health, configs)

    async def health(self, service: Service) -> wire.HealthInput | None:
        """The health of one service; None when it has no provider."""
        if service.health_provider is None:
            return None
        what = f"health provider of {service.code}"
        try:
            health = health_input(await self._ask(what, service.health_provider))
        except Exception as error:
            self._note_failure(what, error)
            text = cut_line(f"The health provider failed: {error}", 1000)
            details = {"error": {"type": type(error).__name__}}
            return wire.HealthInput(status=HealthStatus.UNKNOWN, message=text, details=details)
        self._failing.discard(what)
        return health

    async def _config(self, service: Service) -> list[wire.ConfigInput] | None:
        if service.config_provider is None:
            return None
        what = f"config provider of {service.code}"
        try:
            items = await self._ask(what, service.config_provider)
            self._configs[service.code] = _unique([config_input(item) for item in items])
            self._failing.discard(what)
        except Exception as error:
            self._note_failure(what, error)
        return self._configs.get(service.code, [])

    async def _ask(self, what: str, provider: Callable[[], Any]) -> Any:
        task = self._asked.get(what)
        if task is None:
            task = self._asked[what] = asyncio.create_task(call(provider), name=f"opstage {what}")
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            raise TimeoutError(f"no answer within {self._seconds:g} s")
        del self._asked[what]
        return task.result()

    def _note_failure(self, what: str, error: Exception) -> None:
        if what not in self._failing:
            self._failing.add(what)
            _log.warning("The %s failed: %s: %s", what, type(error).__name__, error)


def _unique(items: list[wire.ConfigInput]) -> list[wire.ConfigInput]:
    """A key that comes twice would make the server refuse the service: the last one counts."""
    return list({item.key: item for item in items}.values())
