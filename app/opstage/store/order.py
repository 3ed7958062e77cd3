"""Ids that sort by the time they were made, so that ``id`` can break ties between equal times."""

from __future__ import annotations

import itertools
import secrets

_ALPHABET = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""The 64 characters of ids in ASCII order, so that text order is number order."""
_TIME_DIGITS = 8
_COUNT_DIGITS = 3
_sequence = itertools.count(secrets.randbelow(64**_COUNT_DIGITS // 2))


def ordered_id(prefix: str, now: float) -> str:
    """``<prefix>_`` and 16 characters: milliseconds, a running number, 30 random bits."""
    moment = _digits(int(now * 1000), _TIME_DIGITS)
    number = _digits(next(_sequence), _COUNT_DIGITS)
    return f"{prefix}_{moment}{number}{_digits(secrets.randbits(30), 5)}"


def _digits(number: int, width: int) -> str:
    return "".join(_ALPHABET[number >> shift & 63] for shift in range(6 * (width - 1), -1, -6))
