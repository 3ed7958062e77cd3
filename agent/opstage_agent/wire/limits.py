"""Paths, limits and close codes of both live channels, version 1.

``*_SECONDS`` are seconds, ``*_BYTES`` bytes of UTF-8.
"""

from __future__ import annotations

from enum import IntEnum

AGENT_PATH = "/ws/agent"
AGENT_SUBPROTOCOL = "opstage.agent.v1"
OPERATOR_PATH = "/ws/operator"
OPERATOR_SUBPROTOCOL = "opstage.operator.v1"

AGENT_FRAME_BYTES = 256 * 1024
"""Largest agent frame, both directions. A bigger result goes over REST."""
OPERATOR_FRAME_BYTES = 16 * 1024
"""Largest frame an operator's browser may send."""
OUTPUT_LINE_BYTES = 8 * 1024
"""Longest output line; the agent cuts longer ones."""
OUTPUT_KEPT_BYTES = 1024 * 1024
"""Output kept per command; beyond it the middle is cut, and said so."""
RESULT_BYTES = 1_000_000
"""Default of ``OPSTAGE_COMMAND_RESULT_MAX_BYTES``."""
MESSAGES_PER_SECOND = 20
MESSAGES_BURST = 100
MAX_IN_FLIGHT = 8
"""Commands sent to one agent and not finished."""
MAX_ATTEMPTS = 3
"""How often a ``retrySafe`` command is sent before its outcome is called unknown."""
LEASE_SECONDS = 60
HELLO_SECONDS = 10
"""How long the server waits for ``hello`` after the upgrade."""
CANCEL_SECONDS = 10
"""How long a cancelled command may take to answer."""
SNAPSHOT_ROWS = 500
"""Rows in one page of a snapshot."""


class CloseCode(IntEnum):
    """Why a channel was closed. Below 4500 the client comes back with back-off; from 4500 it must not."""

    FRAME_TOO_BIG = 1009
    SERVER_RESTART = 1012
    TOO_SLOW = 4000
    NO_HEARTBEAT = 4001
    DRAINING = 4002
    RATE = 4003
    NO_HELLO = 4004
    MALFORMED = 4500
    CREDENTIAL = 4501
    REVOKED = 4502
    DISABLED = 4503
    REPLACED = 4504
    DUPLICATE = 4505

    @property
    def final(self) -> bool:
        """True when the client must not come back by itself."""
        return self >= CloseCode.MALFORMED
