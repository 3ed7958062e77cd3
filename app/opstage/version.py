"""Which release this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def package_version() -> str:
    """The installed version, or ``-dev`` behind it when it is not installed."""
    try:
        return version("opstage")
    except PackageNotFoundError:
        return "0.4.0-dev"
