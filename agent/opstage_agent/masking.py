"""Keeps tokens out of the log."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(opstage_(?:reg|agent)_)[A-Za-z0-9_-]+")


def mask(text: str) -> str:
    """The text with the secret part of every token replaced."""
    return _TOKEN.sub(r"\1***", text)


class TokenFilter(logging.Filter):
    """Masks tokens in whatever the library logs, arguments and tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is masked on the way."""
        record.msg, record.args = mask(record.getMessage()), None
        if record.exc_info:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True
