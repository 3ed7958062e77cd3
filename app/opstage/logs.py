"""The log: one event a line, for people or for machines, with the call it belongs to and no secret.

What is written passes one formatter, so that no caller has to think of it: raw tokens, bearer
values, cookies and whatever stands behind a secret-looking name are masked, in messages and in
tracebacks; messages of exceptions that are known to quote values lose what they quote.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

import msgspec

from opstage.core.ids import new_id
from opstage.core.redaction import REDACTED, mask_tokens
from opstage.core.times import iso

JSON, TEXT = "json", "text"
REQUEST_ID = "X-Request-Id"
LONGEST = 8192
"""Characters of a message or of an exception's message; the rest is cut off."""
NOISY = ("tortoise", "aiosqlite")
"""At debug these log every statement with its values."""

log = logging.getLogger("opstage")


class Call:
    """A request or a live connection, as the lines written during it name it."""

    __slots__ = ("actor", "method", "path", "request_id")

    def __init__(self, method: str, path: str, request_id: str | None = None) -> None:
        self.request_id: str | None = accepted_id(request_id)
        self.method = method
        self.path = path if path.isprintable() else path.encode("unicode_escape").decode()
        self.actor: str | None = None

    def over(self) -> None:
        """What its tasks write from now on is not part of it."""
        self.request_id = self.actor = None


present: ContextVar[Call | None] = ContextVar("opstage_call", default=None)
"""The call that is being handled."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def accepted_id(given: str | None) -> str:
    """The caller's id if it is 1 to 64 of letters, digits, ``.``, ``_``, ``-``, and no token; else a new."""
    if given is not None and _ID.fullmatch(given) and mask_tokens(given) == given:
        return given
    return new_id("req")


def acting(kind: str, name: str | None) -> None:
    """Who makes the present call, now that it is known: the lines from here on say so."""
    call = present.get()
    if call is not None and name is not None:
        call.actor = name if name.startswith("key:") else f"{kind.lower()}:{name}"


def install(level: str, form: str | None = None, stream: TextIO | None = None) -> str:
    """Log to ``stream`` (standard error) in ``form``: without one text on a terminal, else JSON. The form."""
    stream = stream or sys.stderr
    form = form or (TEXT if stream.isatty() else JSON)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if form == JSON else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    # What cannot be formatted would be printed with its arguments, unmasked.
    logging.raiseExceptions = False
    for library in NOISY:
        logging.getLogger(library).setLevel(logging.INFO)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(
        crash.exc_type, crash.exc_value or crash.exc_type(), crash.exc_traceback
    )
    return form


def watch_loop() -> None:
    """Log what fails in callbacks and forgotten tasks of the running loop without the values they held."""
    asyncio.get_running_loop().set_exception_handler(_loop_failed)


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("The process ends by a defect", exc_info=(kind, error, trace))


def _loop_failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # asyncio's own message holds the arguments of the callback and the value of the exception.
    task = context.get("task") or context.get("future")
    name = f"Task {task.get_name()}" if isinstance(task, asyncio.Task) else "A callback of the event loop"
    log.error("%s failed", name, exc_info=context.get("exception"))


# --- masking ---------------------------------------------------------------------------------------

_NAME = (
    r"token|secret|opstage_session|password|passwd|passphrase|cookie|authorization|api[-_]?key|generatedKey|rawKey"
    r"|plainTextKey|private[-_]?key|credential|access[-_]?key|csrf|pwd"
)
_MASKS = (
    (re.compile(r"\b(bearer|basic)\s+[^\s\"',;]+", re.IGNORECASE), rf"\1 {REDACTED}"),
    (
        re.compile(r"\b((?:set-)?cookie|authorization)([\"']?\s{0,4}[:=,]\s{0,4})[^\r\n]+", re.IGNORECASE),
        rf"\1\2{REDACTED}",
    ),
    (
        re.compile(
            rf"((?:{_NAME})[\w.-]{{0,40}}[\"']?\s{{0,4}}[:=]\s{{0,4}})"
            r"(?:\[REDACTED\]|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s,;&\"'}\])]+)",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)
_MAY_HOLD = re.compile(rf"{_NAME}|bearer|basic|opstage_", re.IGNORECASE)


def masked(text: str) -> str:
    """The text without the secrets that can be told by their form or by the name before them."""
    text = text[:LONGEST]
    if _MAY_HOLD.search(text) is None:
        return text
    text = mask_tokens(text)
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


# --- exceptions ------------------------------------------------------------------------------------

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|b'[^']*'?")
_OUTSPOKEN = (ArithmeticError, AttributeError, ImportError, NameError, OSError, RuntimeError, TypeError)
"""Their messages name types, attributes and files, which a defect is found by."""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what it came from, the cause first; a group's members before the group."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or any(each is known for known in seen):
            continue
        seen.append(each)
        waiting.append(each.__cause__ or (None if each.__suppress_context__ else each.__context__))
        waiting += getattr(each, "exceptions", ())
    return reversed(seen)


def said(error: BaseException) -> str:
    """Type and message of an exception; of most types without what the message quotes."""
    text = str(error)[:LONGEST]
    own = type(error).__module__.startswith("opstage")
    if not own and not isinstance(error, _OUTSPOKEN):
        text = _QUOTED.sub("…", text)
    return masked(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def traced(error: BaseException | None) -> str:
    """The traceback as text: where, and what as ``said`` has it."""
    return "\n".join(f"{''.join(_frames(each.__traceback__))}{said(each)}" for each in _chain(error))


def _frames(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        yield f"  {code.co_filename}:{trace.tb_lineno} in {code.co_qualname}\n"
        trace = trace.tb_next


# --- lines -----------------------------------------------------------------------------------------


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:
        text = str(record.msg)
    return masked(text)


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


class JsonLines(logging.Formatter):
    """One JSON object a line; ``fields`` of the record stand beside the usual ones."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": iso(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        call = present.get()
        if call is not None and call.request_id is not None:
            line["requestId"] = call.request_id
            if call.actor is not None:
                line["actor"] = masked(call.actor)
        line |= getattr(record, "fields", {})
        error = _error(record)
        if error is not None:
            line["error"] = {"type": type(error).__name__, "message": said(error), "trace": traced(error)}
        return msgspec.json.encode(_clean(line)).decode()


class TextLines(logging.Formatter):
    """For a terminal: time, level, logger, message, and in brackets who and which call."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback below it."""
        text = _message(record)
        if not text.isprintable():
            text = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        line = f"{at}.{int(record.msecs):03} {record.levelname:<7} {record.name}  {text}{_whose()}"
        error = _error(record)
        return line if error is None else f"{line}\n{traced(error)}"


def _whose() -> str:
    call = present.get()
    if call is None or call.request_id is None:
        return ""
    return masked(f"  [{call.actor} {call.request_id}]" if call.actor else f"  [{call.request_id}]")


def _clean(value: Any) -> Any:
    """Strings that UTF-8 can hold: half a surrogate pair must not cost the line."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return value
