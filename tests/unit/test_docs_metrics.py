"""The table of the metrics says what ``/metrics`` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.core import Metric
from tests.support.documents import DOCS, codes, table

from opstage.clock import SystemClock
from opstage.hub.hub import Hub
from opstage.settings import Settings
from opstage.store import Store
from opstage.web.exposition import HubCollector

KINDS = {"counter": "_total", "gauge": "", "histogram": ""}
UNITS = ("_seconds", "_bytes", "_info", "_total")


@pytest.fixture
async def metrics(tmp_path: Path) -> dict[str, Metric]:
    """Every family by its name as it is scraped."""
    settings = Settings(data_dir=tmp_path)
    hub = Hub(settings, SystemClock(), Store(settings.database), "secret", "1.2.3")
    return {each.name + KINDS[each.type]: each for each in HubCollector(hub).collect()}


def documented() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for row in table(DOCS / "operations.md", "Metric", "Metrics"):
        yield codes(row["Metric"])[0], row["Type"], tuple(codes(row["Labels"]))


async def test_every_metric_stands_in_the_operations_with_type_and_labels(metrics: dict[str, Metric]) -> None:
    labels = {name: tuple(getattr(each, "_labelnames", ())) for name, each in metrics.items()}
    assert sorted(documented()) == sorted((name, each.type, labels[name]) for name, each in metrics.items())


async def test_names_begin_alike_and_every_metric_explains_itself(metrics: dict[str, Metric]) -> None:
    for name, each in metrics.items():
        assert name.startswith("opstage_")
        assert each.documentation.endswith((".", "runs."))


async def test_durations_and_sizes_have_their_unit_in_the_name(metrics: dict[str, Metric]) -> None:
    for name, each in metrics.items():
        if each.type == "histogram":
            assert name.endswith("_seconds")
        if any(word in name for word in ("size", "memory")):
            assert name.endswith("_bytes")
