"""What ``/metrics`` says, read from the running parts at each scrape; the database is not asked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from opstage.core.histogram import Histogram
from opstage.core.status import AgentStatus, ServiceStatus
from opstage.hub.census import agents_by_status, services_by_status
from opstage.hub.hub import Hub
from opstage.web import runtime

Counted: TypeAlias = "Iterable[tuple[tuple[str, ...], float]]"
"""Values by label values."""


def gauge(name: str, about: str, labels: tuple[str, ...], values: Counted) -> Metric:
    """Something that is as it is now."""
    family = GaugeMetricFamily(name, about, labels=labels)
    for at, value in values:
        family.add_metric(at, value)
    return family


def counter(name: str, about: str, labels: tuple[str, ...], values: Counted) -> Metric:
    """Something that only grows; ``_total`` is added to its name."""
    family = CounterMetricFamily(name, about, labels=labels)
    for at, value in values:
        family.add_metric(at, value)
    return family


def histogram(
    name: str, about: str, labels: tuple[str, ...], found: Iterable[tuple[tuple[str, ...], Histogram]]
) -> Metric:
    """Durations."""
    family = HistogramMetricFamily(name, about, labels=labels)
    for at, each in found:
        family.add_metric(at, buckets=each.cumulative(), sum_value=each.seconds)
    return family


def _one(value: float) -> Counted:
    return [((), value)]


def _by(counts: Counter[str]) -> Counted:
    return [((str(name),), value) for name, value in sorted(counts.items())]


class HubCollector(Collector):
    """The hub as metrics."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """Everything, in the order of the document."""
        parts: tuple[Callable[[], Iterator[Metric]], ...] = (
            self._server,
            self._fleet,
            self._connections,
            self._commands,
            self._calls,
            self._store,
            self._trail,
            self._backups,
        )
        for part in parts:
            yield from part()

    def _server(self) -> Iterator[Metric]:
        hub = self._hub
        about = "1; the labels say which build runs."
        labels = ("version", "commit")
        yield gauge("opstage_build_info", about, labels, [((hub.version, hub.settings.commit or ""), 1)])
        up = hub.clock.now() - hub.started_at
        yield gauge("opstage_uptime_seconds", "Seconds since the start.", (), _one(up))
        spent = time.process_time()
        yield counter("opstage_cpu_seconds", "CPU time that the process used.", (), _one(spent))
        yield gauge(
            "opstage_resident_memory_bytes", "Memory that the process holds.", (), _one(runtime.memory().rss)
        )
        late = hub.measures.loop_lag
        yield histogram(
            "opstage_event_loop_lag_seconds", "How late due work ran; one look a second.", (), [((), late)]
        )

    def _fleet(self) -> Iterator[Metric]:
        agents = agents_by_status(self._hub.fleet)
        agents.update(dict.fromkeys(AgentStatus, 0))
        services = services_by_status(self._hub.fleet, self._hub.clock.now())
        services.update(dict.fromkeys(ServiceStatus, 0))
        yield gauge("opstage_agents", "Agents by status.", ("status",), _by(agents))
        yield gauge("opstage_services", "Services by effective status.", ("status",), _by(services))

    def _connections(self) -> Iterator[Metric]:
        hub = self._hub
        live = [(("agent",), float(len(hub.connections))), (("operator",), float(len(hub.operators)))]
        yield gauge("opstage_live_connections", "Open live connections.", ("kind",), live)
        frames = Counter({str(kind.__struct_config__.tag): n for kind, n in hub.connections.frames.items()})
        yield counter("opstage_agent_frames", "Frames received from agents.", ("type",), _by(frames))
        beats = Counter(socket=frames["heartbeat"], rest=hub.measures.polled_heartbeats)
        yield counter("opstage_agent_heartbeats", "Heartbeats of agents.", ("transport",), _by(beats))
        refused = hub.measures.refused_sockets
        values = [((str(status),), float(count)) for status, count in sorted(refused.items())]
        yield counter("opstage_live_connections_refused", "Refused handshakes.", ("status",), values)

    def _commands(self) -> Iterator[Metric]:
        hub, measures = self._hub, self._hub.measures
        jobs = Counter("SENT" if job.command.sent else str(job.command.status) for job in hub.dispatcher.jobs)
        waiting = [((status,), float(jobs[status])) for status in ("PENDING", "SENT", "RUNNING")]
        yield gauge("opstage_commands_open", "Commands that did not end yet.", ("status",), waiting)
        created = measures.commands_created
        yield counter("opstage_commands_created", "Commands created.", (), _one(created))
        ended = _by(measures.commands_finished)
        yield counter("opstage_commands_finished", "Commands that ended.", ("status",), ended)
        about = "From creation to the agent's acceptance, of commands that ended."
        yield histogram("opstage_command_wait_seconds", about, (), [((), measures.command_wait)])
        about = "From the agent's acceptance to the end."
        yield histogram("opstage_command_run_seconds", about, (), [((), measures.command_run)])
        polls = measures.command_polls
        yield counter("opstage_command_polls", "Polls of agents that were answered.", (), _one(polls))
        large = measures.oversized_results
        yield counter("opstage_command_results_too_large", "Results that were refused.", (), _one(large))

    def _calls(self) -> Iterator[Metric]:
        requests = self._hub.measures.requests
        values = [((kind, str(status)), float(count)) for (kind, status), count in sorted(requests.items())]
        labels = ("class", "status")
        yield counter("opstage_http_requests", "Answered HTTP requests.", labels, values)
        took = [((kind,), each) for kind, each in sorted(self._hub.measures.request_seconds.items())]
        about = "How long answers took; polls of agents wait on purpose."
        yield histogram("opstage_http_request_duration_seconds", about, ("class",), took)
        limited = Counter({kind: count for (kind, status), count in requests.items() if status == 429})
        yield counter("opstage_rate_limited", "Requests refused with 429.", ("class",), _by(limited))

    def _store(self) -> Iterator[Metric]:
        store = self._hub.store
        yield counter("opstage_store_commits", "Transactions committed.", (), _one(store.commits))
        took = store.commit_seconds
        yield histogram("opstage_store_commit_duration_seconds", "How long they took.", (), [((), took)])
        yield gauge("opstage_store_queue_length", "Changes that wait to be written.", (), _one(store.waiting))
        sizes = [(("database",), _size(store.path)), (("log",), _size(Path(f"{store.path}-wal")))]
        yield gauge("opstage_store_size_bytes", "Size of the database's files.", ("file",), sizes)

    def _trail(self) -> Iterator[Metric]:
        measures = self._hub.measures
        events = _by(measures.audit_events)
        yield counter("opstage_audit_events", "Audit events recorded.", ("result",), events)
        failed = measures.sign_in_failures
        yield counter("opstage_sign_in_failures", "Sign-ins with a wrong name or password.", (), _one(failed))

    def _backups(self) -> Iterator[Metric]:
        backups = self._hub.backups
        about = "When the newest backup was made, as seconds since 1970."
        newest = [] if backups.newest is None else _one(backups.newest)
        yield gauge("opstage_backup_newest_timestamp_seconds", about, (), newest)
        failed = backups.failures
        yield counter("opstage_backup_failures", "Backups that could not be made.", (), _one(failed))


def _size(path: Path) -> float:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
