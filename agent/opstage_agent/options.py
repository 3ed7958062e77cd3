"""Options of an agent: what the code says, else the environment, else the default."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from opstage_agent.wire.parts import Labels

DEFAULT_URL = "http://127.0.0.1:8080"
DEFAULT_TOKEN_FILE = Path("data") / "agent-token.json"


@dataclass(frozen=True, slots=True)
class Options:
    """Where the server is and how this process behaves towards it."""

    url: str
    registration_token: str | None
    token_file: Path
    labels: dict[str, str]
    slots: int
    stop_grace: float
    strict: bool

    @property
    def journal_file(self) -> Path:
        """Beside the token file: both belong to one identity."""
        return self.token_file.with_name(f"{self.token_file.stem}.journal.db")

    def __repr__(self) -> str:
        return f"Options(url={self.url!r}, token_file={str(self.token_file)!r})"


def setting(given: str | None, variable: str, default: str | None = None) -> str | None:
    """What was given, else a variable that is not blank, else the default."""
    if given is not None:
        return given
    return os.environ.get(variable, "").strip() or default


def options(
    *,
    url: str | None = None,
    registration_token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    labels: dict[str, str] | None = None,
    slots: int = 4,
    stop_grace: float = 3.0,
    strict: bool = False,
) -> Options:
    """The options with everything filled in. ValueError for labels that the server would refuse."""
    path = None if token_file is None else os.fspath(token_file)
    return Options(
        url=(setting(url, "OPSTAGE_BACKEND_URL") or DEFAULT_URL).rstrip("/"),
        registration_token=setting(registration_token, "OPSTAGE_REGISTRATION_TOKEN"),
        token_file=Path(setting(path, "OPSTAGE_AGENT_TOKEN_FILE") or DEFAULT_TOKEN_FILE).absolute(),
        labels=_checked(labels or {}),
        slots=slots,
        stop_grace=stop_grace,
        strict=strict,
    )


def _checked(labels: dict[str, str]) -> dict[str, str]:
    try:
        return msgspec.convert({str(key): str(value) for key, value in labels.items()}, Labels)
    except msgspec.ValidationError as error:
        raise ValueError(f"labels: {error}") from error
