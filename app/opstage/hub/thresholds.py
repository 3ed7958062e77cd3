"""The times that decide who counts as present: they follow the size of the fleet and what owners set."""

from __future__ import annotations

import math
from collections.abc import Sized

from opstage.clock import Clock
from opstage.core.status import Policy, heartbeat_seconds
from opstage.hub.policies import Policies
from opstage.settings import Settings

ADMISSION_SLACK = 1.5
"""How much longer than admitting the whole fleet takes a restarted server waits for it."""


class Thresholds:
    """Seconds, as they are at the moment of asking."""

    def __init__(self, settings: Settings, policies: Policies, clock: Clock, agents: Sized) -> None:
        self._settings = settings
        self._policies = policies
        self._agents = agents
        self._started_at = clock.now()

    @property
    def heartbeat_seconds(self) -> float:
        """How often each agent shall send a heartbeat now."""
        return heartbeat_seconds(len(self._agents), self._settings.heartbeat_seconds)

    @property
    def restart_seconds(self) -> float:
        """How long after a start nobody is given up: time for everybody to be admitted again."""
        admitted = len(self._agents) / self._settings.handshakes_per_second
        threshold = self._policies.current.agent_offline_threshold_seconds
        return max(float(threshold), ADMISSION_SLACK * admitted)

    @property
    def policy(self) -> Policy:
        """All of them, as the rules of ``core/status.py`` take them."""
        return Policy(
            started_at=self._started_at,
            heartbeat_seconds=self.heartbeat_seconds,
            offline_seconds=self._policies.current.agent_offline_threshold_seconds,
            sweep_seconds=self._policies.current.maintenance_interval_seconds or math.inf,
            restart_seconds=self.restart_seconds,
        )
