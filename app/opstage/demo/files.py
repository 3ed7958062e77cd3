"""Files that survive a crash, and times as people and consoles read them."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes it 0600 from the first moment.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)


class Preferences:
    """What an operator set and a restart must not lose: a small JSON object in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Any] = _load(path)

    def number(self, key: str, default: int) -> int:
        """A kept whole number, or the default."""
        value = self._values.get(key, default)
        return value if isinstance(value, int) else default

    def names(self, key: str) -> list[str] | None:
        """A kept list of names, or None."""
        value = self._values.get(key)
        return [str(each) for each in value] if isinstance(value, list) else None

    def keep(self, key: str, value: int | list[str]) -> None:
        """Keeps a value."""
        self._values[key] = value
        write_private(self._path, json.dumps(self._values, indent=2))


def iso(seconds: float | None) -> str | None:
    """Epoch seconds as ISO-8601 UTC with milliseconds."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _load(path: Path) -> dict[str, Any]:
    """A damaged or missing file counts as empty: preferences have defaults."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
