"""Output of a command: bounded, in order, and every missing line announced."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opstage.core.output import LINE_OVERHEAD_BYTES, OutputBuffer
from opstage_agent.wire import OUTPUT_LINE_BYTES, OutputLine, OutputStream


def line(text: str) -> OutputLine:
    return OutputLine(stream=OutputStream.STDOUT, text=text)


def lines(start: int, end: int, width: int = 1) -> list[OutputLine]:
    return [line(f"{number}".rjust(width)) for number in range(start, end)]


def numbers(buffer: OutputBuffer, max_bytes: int = 500) -> tuple[list[int], list[int]]:
    """Read it all: the numbers of the lines got, and of those announced as missing."""
    got: list[int] = []
    missing: list[int] = []
    at = 0
    while at < buffer.total:
        offset, found, dropped = buffer.read(at, max_bytes)
        assert offset - at == dropped
        missing += range(at, offset)
        for number, one in enumerate(found, start=offset):
            assert int(one.text) == number, "a line has the wrong number"
            got.append(number)
        at = offset + len(found)
        assert found
    return got, missing


def test_lines_come_back_as_they_went_in() -> None:
    buffer = OutputBuffer()
    assert buffer.append(0, lines(0, 5), 1) == 5
    assert buffer.append(5, lines(5, 7), 1) == 2
    assert numbers(buffer) == (list(range(7)), [])
    assert buffer.read(7, 500) == (7, [], 0)


def test_repeated_lines_are_ignored() -> None:
    buffer = OutputBuffer()
    buffer.append(0, lines(0, 5), 1)
    assert buffer.append(3, lines(3, 8), 1) == 3
    assert buffer.append(0, lines(0, 8), 1) == 0
    assert numbers(buffer) == (list(range(8)), [])


def test_a_gap_is_announced() -> None:
    buffer = OutputBuffer()
    buffer.append(0, lines(0, 3), 1)
    buffer.append(10, lines(10, 12), 1)
    assert buffer.read(0, 500) == (0, lines(0, 3), 0)
    assert buffer.read(3, 500) == (10, lines(10, 12), 7)
    assert (buffer.dropped_from, buffer.dropped_count, buffer.total) == (3, 7, 12)


def test_a_second_gap_gives_up_what_lies_between() -> None:
    buffer = OutputBuffer()
    buffer.append(0, lines(0, 3), 1)
    buffer.append(5, lines(5, 8), 1)
    buffer.append(10, lines(10, 11), 1)
    assert numbers(buffer) == ([0, 1, 2, 10], list(range(3, 10)))


def test_beyond_the_limit_the_middle_is_cut() -> None:
    buffer = OutputBuffer(limit=20 * (LINE_OVERHEAD_BYTES + 3))
    buffer.append(0, lines(0, 500, width=3), 1)
    got, missing = numbers(buffer)
    assert got == [*range(10), *range(490, 500)]
    assert missing == list(range(10, 490))


def test_a_flood_of_empty_lines_is_bounded() -> None:
    buffer = OutputBuffer(limit=100 * LINE_OVERHEAD_BYTES)
    for start in range(0, 100_000, 1000):
        buffer.append(start, [line("")] * 1000, 1)
    assert len(buffer.lines) == 100
    assert buffer.total == 100_000


def test_what_is_no_time_is_not_kept_as_one() -> None:
    buffer = OutputBuffer(limit=100_000)
    stamped = OutputLine(stream=OutputStream.STDOUT, text="x", at="2026-01-01T00:00:00.000Z")
    buffer.append(0, [stamped, replace(stamped, at="x" * 100_000)], 1)
    assert [each.at for each in buffer.lines] == [stamped.at, None]


def test_a_line_that_is_too_long_is_cut_between_characters() -> None:
    buffer = OutputBuffer()
    buffer.append(0, [line("é" * OUTPUT_LINE_BYTES)], 1)
    [kept] = buffer.lines
    assert kept.text == "é" * (OUTPUT_LINE_BYTES // 2)


def test_a_new_attempt_that_runs_again_starts_over() -> None:
    buffer = OutputBuffer()
    buffer.append(0, lines(0, 5), 1)
    assert buffer.append(0, lines(0, 2), 2) == 2
    assert (buffer.total, buffer.attempt, buffer.restarts) == (2, 2, 1)
    assert buffer.append(2, lines(2, 9), 1) == 0


def test_a_new_attempt_that_was_adopted_goes_on() -> None:
    buffer = OutputBuffer()
    buffer.append(0, lines(0, 5), 1)
    assert buffer.append(5, lines(5, 6), 2) == 1
    assert (numbers(buffer), buffer.restarts) == ((list(range(6)), []), 0)


def test_a_read_stops_at_the_size_but_gives_at_least_one_line() -> None:
    buffer = OutputBuffer()
    buffer.append(0, lines(0, 9), 1)
    assert buffer.read(2, 1) == (2, lines(2, 3), 0)
    assert buffer.read(2, 3 * (LINE_OVERHEAD_BYTES + 1)) == (2, lines(2, 5), 0)


steps = st.lists(st.tuples(st.integers(-5, 12), st.integers(0, 12)), max_size=30)


@settings(max_examples=300)
@given(steps=steps, limit=st.integers(1, 20))
def test_every_line_is_kept_or_announced_and_the_newest_is_always_kept(
    steps: list[tuple[int, int]], limit: int
) -> None:
    size = LINE_OVERHEAD_BYTES + 3
    buffer = OutputBuffer(limit * size)
    for jump, count in steps:
        start = max(0, buffer.total + jump)
        fresh = min(count, max(0, start + count - buffer.total))
        assert buffer.append(start, lines(start, start + count, width=3), 1) == fresh
        assert len(buffer.lines) <= max(limit, 1) + 1
    got, missing = numbers(buffer)
    assert sorted(got + missing) == list(range(buffer.total))
    assert missing == list(range(buffer.dropped_from, buffer.dropped_from + buffer.dropped_count))
    assert not buffer.total or got[-1] == buffer.total - 1


@given(steps=steps, limit=st.integers(1, 20))
def test_a_restored_buffer_is_the_same_and_goes_on(steps: list[tuple[int, int]], limit: int) -> None:
    size = (LINE_OVERHEAD_BYTES + 3) * limit
    buffer = OutputBuffer(size)
    for jump, count in steps:
        start = max(0, buffer.total + jump)
        buffer.append(start, lines(start, start + count, width=3), 3)
    again = OutputBuffer.restored(
        buffer.lines,
        attempt=buffer.attempt,
        dropped_from=buffer.dropped_from,
        dropped_count=buffer.dropped_count,
        limit=size,
    )
    for one in (buffer, again):
        one.append(one.total, lines(one.total, one.total + 3, width=3), 3)
    assert numbers(again) == numbers(buffer)
    assert (again.total, again.attempt) == (buffer.total, buffer.attempt)
