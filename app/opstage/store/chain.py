"""The hash chain of the audit trail: each event carries the hash of the one before it.

An event's hash is the SHA-256, in lower-case hex, of a JSON array in UTF-8 without blanks::

    [previous hash, sequence, id, workspace_id, actor_type, …, metadata_json, created_at]

with the columns of ``CONTENT`` as the database holds them. Sequences count from 1 without gaps. What
this proves, and what it cannot, stands in ``docs/concepts.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from opstage.store.mapping import encode_json

CONTENT = (
    "id",
    "workspace_id",
    "actor_type",
    "actor_id",
    "actor_name",
    "action",
    "target_type",
    "target_id",
    "target_name",
    "result",
    "message",
    "ip_address",
    "user_agent",
    "metadata_json",
    "created_at",
)
"""The columns a hash covers, in its order. It never changes: stored hashes depend on it."""


class Head(NamedTuple):
    """The end of the chain: number and hash of its newest event."""

    sequence: int
    hash: str

    def after(self, content: Sequence[Any]) -> Head:
        """The head once an event with this content (in the order of ``CONTENT``) follows."""
        sequence = self.sequence + 1
        return Head(sequence, digest(self.hash, sequence, content))


START = Head(0, "0" * 64)
"""Before the first event."""


def digest(previous: str, sequence: int, content: Sequence[Any]) -> str:
    """The hash of an event. UnicodeEncodeError or TypeError for values that no event has."""
    return sha256(encode_json([previous, sequence, *content])).hexdigest()
