"""What the agent says of its services, and what of it the server has not heard yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from opstage_agent.wire import HealthInput, ReportedService

REPORT_BYTES = 128 * 1024
"""A report is split so that each frame stays well below the limit."""


@dataclass(slots=True)
class News:
    """What changed since the server was last told."""

    services: list[ReportedService] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    health: dict[str, HealthInput] = field(default_factory=dict)


class Catalogue:
    """The services by code, and the state in which each was last offered on this connection."""

    def __init__(self, services: Iterable[ReportedService]) -> None:
        self._services = {service.code: service for service in services}
        self._offered: dict[str, ReportedService] = {}

    def replace(self, services: Iterable[ReportedService]) -> None:
        """The services are now these. Equal ones stay the same object, which makes comparing cheap."""
        now = {service.code: service for service in services}
        self._services = {
            code: old if (old := self._services.get(code)) == new else new for code, new in now.items()
        }

    def offer_all(self) -> list[ReportedService]:
        """Everything, for ``hello``."""
        self._offered = dict(self._services)
        return list(self._services.values())

    def forget_offers(self) -> None:
        """The server wants to be told everything again."""
        self._offered = {}

    def report_due(self) -> bool:
        """True when something other than health differs from what was offered."""
        return bool(self._retired()) or any(self._changed(s) for s in self._services.values())

    def health_due(self) -> bool:
        """True when health differs from what was offered."""
        return bool(self._health())

    def news_due(self) -> bool:
        """True when anything differs from what was offered."""
        return self.report_due() or self.health_due()

    def take_report(self) -> News:
        """The services to report next, as many as fit one frame; they count as offered."""
        news = News(retired=self._retired())
        size = 0
        for service in self._services.values():
            if not self._changed(service):
                continue
            size += len(msgspec.json.encode(service))
            if news.services and size > REPORT_BYTES:
                break
            news.services.append(service)
            self._offered[service.code] = service
        for code in news.retired:
            del self._offered[code]
        return news

    def take_health(self) -> dict[str, HealthInput]:
        """The health that changed; it counts as offered."""
        health = self._health()
        for code in health:
            self._offered[code] = self._services[code]
        return health

    def retry_safe(self, service_code: str, action_name: str) -> bool:
        """True when the action may run twice."""
        service = self._services.get(service_code)
        actions = service.actions if service is not None and service.actions else []
        return any(action.name == action_name and action.retry_safe for action in actions)

    def _retired(self) -> list[str]:
        return [code for code in self._offered if code not in self._services]

    def _changed(self, service: ReportedService) -> bool:
        offered = self._offered.get(service.code)
        if offered is service:
            return False
        return offered is None or _without_health(offered) != _without_health(service)

    def _health(self) -> dict[str, HealthInput]:
        return {
            code: service.health
            for code, service in self._services.items()
            if service.health is not None
            and (offered := self._offered.get(code)) is not None
            and offered.health != service.health
            and not self._changed(service)
        }


def _without_health(service: ReportedService) -> ReportedService:
    return msgspec.structs.replace(service, health=None)
