"""The agent that every demo service embeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opstage.demo.home import Home
from opstage_agent import Agent

VERSION = "1.0.0"
STOP_GRACE_SECONDS = 0.5
"""How long running handlers may go on when the service is stopped; then they are cancelled."""


def agent_of(home: Home, name: str, description: str, manifest: Mapping[str, Any]) -> Agent:
    """The agent of the service that lives in ``home``; ``manifest`` holds entries beyond the usual ones."""
    return Agent(
        home.code,
        name=name,
        version=VERSION,
        description=description,
        url=home.url,
        registration_token=home.registration_token,
        token_file=home.token_file,
        labels={"env": "demo"},
        manifest={"owner": "demo", **manifest},
        stop_grace=STOP_GRACE_SECONDS,
        builtin_actions=True,
    )
