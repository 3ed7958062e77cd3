"""One line an event; nothing secret in it, however it came there."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.support.server import environment

from opstage import logs
from opstage.errors import NotFound
from opstage.logs import Call, JsonLines, TextLines, accepted_id, acting, masked, present, said, traced

SECRET = "Zq7hunter2Zq7"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a logger of its own writes as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("opstage.test")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)


def written(stream: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stream.getvalue())
    return found


@pytest.mark.parametrize(
    "text",
    [
        f"opstage_agent_{SECRET}",
        f"token opstage_reg_{SECRET} refused",
        f"opstage_key_{SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"bearer {SECRET}",
        f"{{'authorization': 'Basic {SECRET}'}}",
        f"Cookie: a=b; opstage_session={SECRET}.x",
        f"Set-Cookie: opstage_session={SECRET}; Path=/",
        f"opstage_session={SECRET}",
        f"password={SECRET}",
        f'{{"password": "{SECRET}"}}',
        f'{{"password": "a \\" {SECRET}"}}',
        f"{{'dbPassword': '{SECRET}', 'n': 1}}",
        f"Login(username='me', password='{SECRET}')",
        f"X-CSRF-Token: {SECRET}",
        f"csrf_nonce={SECRET}",
        f"generatedKey: {SECRET}",
        f"api_key = '{SECRET}'",
        f'"clientSecret": "{SECRET}',
    ],
)
def test_what_looks_secret_is_masked(text: str) -> None:
    assert SECRET not in masked(text)
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "text",
    ["GET /api/admin/agents 200 in 3.1 ms", "Agent mailer says X about result", "the token was revoked"],
)
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_a_long_text_is_cut_before_it_is_searched() -> None:
    assert len(masked("token " + "a" * 10_000_000)) == logs.LONGEST


def failure(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as raised:
        return raised


@pytest.mark.parametrize(
    "error",
    [
        KeyError(SECRET),
        ValueError(f"invalid literal for int() with base 10: '{SECRET}'"),
        msgspec.ValidationError(f"Invalid enum value '{SECRET}' - at `$.x`"),
        RuntimeError(f"token={SECRET}"),
        ExceptionGroup("several", [KeyError(SECRET), ValueError(f'"{SECRET}"')]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_does_not_tell_the_value_it_failed_over(error: BaseException) -> None:
    assert SECRET not in traced(failure(error))
    assert type(error).__name__ in traced(failure(error))


def test_neither_does_what_it_came_from() -> None:
    outer = RuntimeError("wrapped")
    outer.__cause__ = KeyError(SECRET)
    text = traced(failure(outer))
    assert SECRET not in text
    assert text.index("KeyError") < text.index("RuntimeError: wrapped")


def test_a_traceback_says_where() -> None:
    assert "test_logs.py" in traced(failure(KeyError("x")))
    assert "in failure" in traced(failure(KeyError("x")))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AttributeError("'NoneType' object has no attribute 'code'"), "no attribute 'code'"),
        (FileNotFoundError(2, "No such file", "/data/opstage.db"), "/data/opstage.db"),
        (NotFound("Agent 'a' not found."), "Agent 'a' not found."),
    ],
)
def test_messages_that_name_no_values_are_kept(error: Exception, words: str) -> None:
    assert words in said(error)


def test_exceptions_that_refer_to_each_other_come_to_an_end() -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__context__, second.__context__ = second, first
    assert traced(first).count("ValueError") == 2


def test_a_json_line_has_these_fields(lines: io.StringIO) -> None:
    logging.getLogger("opstage.test").info("Hello %s", "you", extra={"fields": {"status": 200}})
    line = written(lines)
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "logger": "opstage.test", "message": "Hello you", "status": 200}


def test_a_line_names_the_call_it_was_written_in(lines: io.StringIO) -> None:
    call = Call("GET", "/x", "abc")
    token = present.set(call)
    try:
        acting("USER", "ann")
        logging.getLogger("opstage.test").info("inside")
    finally:
        present.reset(token)
    assert {key: written(lines)[key] for key in ("requestId", "actor")} == {
        "requestId": "abc",
        "actor": "user:ann",
    }


def test_a_task_that_outlives_the_call_does_not_name_it(lines: io.StringIO) -> None:
    call = Call("GET", "/x", "abc")
    token = present.set(call)
    call.over()
    logging.getLogger("opstage.test").info("later")
    present.reset(token)
    assert "requestId" not in written(lines)


def test_an_error_line_has_type_message_and_trace(lines: io.StringIO) -> None:
    logging.getLogger("opstage.test").error("Broken", exc_info=failure(KeyError(SECRET)))
    error = written(lines)["error"]
    assert error["type"] == "KeyError"
    assert "test_logs.py" in error["trace"]
    assert SECRET not in lines.getvalue()


def test_every_text_makes_one_json_line() -> None:
    for text in ("half \ud800 pair", "line\nbreak", "nul \x00", '"quoted"'):
        line = JsonLines().format(logging.LogRecord("opstage", logging.INFO, "x", 1, "%s", (text,), None))
        assert "\n" not in line
        assert json.loads(line)["message"]


def test_wrong_arguments_cost_neither_the_line_nor_the_secret() -> None:
    record = logging.LogRecord("opstage", logging.INFO, "x", 1, "%d things", (SECRET,), None)
    assert json.loads(JsonLines().format(record))["message"] == "%d things"


def test_text_for_a_terminal_is_one_line_that_no_value_can_break() -> None:
    record = logging.LogRecord("opstage", logging.INFO, "x", 1, "a\nb \x1b[31m %s", ("c\r\n",), None)
    text = TextLines().format(record)
    assert text.isprintable()
    assert "a\\nb" in text


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 64])
def test_the_callers_id_is_taken(given: str) -> None:
    assert accepted_id(given) == given


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a\n", "ä", "opstage_agent_abcdef"])
def test_any_other_id_is_replaced(given: str | None) -> None:
    assert accepted_id(given).startswith("req_")


def test_a_key_is_called_by_its_name() -> None:
    call = Call("GET", "/", None)
    token = present.set(call)
    acting("USER", "key:ci")
    present.reset(token)
    assert call.actor == "key:ci"


async def test_a_callback_that_fails_is_told_without_its_arguments(
    lines: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(value: str) -> None:
        raise KeyError(value)

    logs.watch_loop()
    asyncio.get_running_loop().call_soon(fail, SECRET)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    record = next(each for each in caplog.records if "callback" in each.message)
    assert SECRET not in JsonLines().format(record)


@pytest.mark.parametrize(("asked", "form"), [("", "json"), ("json", "json"), ("text", "text")])
def test_the_form_is_json_when_nobody_watches(asked: str, form: str) -> None:
    program = "import sys; from opstage import logs; print(logs.install('info', sys.argv[1] or None))"
    run = subprocess.run(
        [sys.executable, "-c", program, asked],
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == form
