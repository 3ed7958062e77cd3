"""Which library this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

NAME = "opstage-agent"


def _installed() -> str:
    try:
        return version(NAME)
    except PackageNotFoundError:
        return "0.0.0+source"


VERSION = _installed()
