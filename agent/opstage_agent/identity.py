"""What the process says of itself when it says hello."""

from __future__ import annotations

from dataclasses import dataclass, field

from opstage_agent import wire


@dataclass(frozen=True, slots=True)
class Identity:
    """What ``hello`` says of the process itself. ``instance`` is random per process start."""

    instance: str
    sdk: wire.Sdk
    runtime: str | None = None
    hostname: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)

    def hello(
        self,
        services: list[wire.ReportedService],
        running: list[wire.Attempt],
        finished: list[wire.Attempt],
    ) -> wire.Hello:
        """The frame that opens a connection."""
        return wire.Hello(
            instance=self.instance,
            sdk=self.sdk,
            services=services,
            running=running,
            finished=finished,
            runtime=self.runtime,
            hostname=self.hostname,
            labels=self.labels or None,
            capabilities=self.capabilities or None,
        )
