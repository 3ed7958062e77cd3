"""Output on its way: numbered, bounded, gaps visible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opstage_agent.output import FRAME_TEXT_BYTES, HELD_BYTES, OutputBuffer, cut_line
from opstage_agent.wire import OUTPUT_LINE_BYTES, OutputLine, OutputStream


def line(text: str) -> OutputLine:
    return OutputLine(stream=OutputStream.STDOUT, text=text)


@given(st.text(alphabet=st.sampled_from("aä€😀\ud800"), max_size=6000))
def test_a_cut_line_fits_and_is_valid_unicode(text: str) -> None:
    cut = cut_line(text)
    assert len(cut.encode()) <= OUTPUT_LINE_BYTES
    if len(text.encode(errors="replace")) <= OUTPUT_LINE_BYTES:
        assert cut == text.replace("\ud800", "?")
    else:
        assert cut.endswith("[…]")


def test_lines_go_out_in_order_with_their_numbers() -> None:
    buffer = OutputBuffer()
    for text in "abc":
        buffer.append(line(text))
    assert buffer.take() == (0, [line("a"), line("b"), line("c")])
    assert buffer.take() is None
    buffer.append(line("d"))
    assert buffer.take() == (3, [line("d")])


def test_one_frame_holds_a_bounded_amount_but_at_least_one_line() -> None:
    buffer = OutputBuffer()
    for _ in range(10):
        buffer.append(line("x" * 8000))
    offset, sizes = 0, []
    while (taken := buffer.take()) is not None:
        assert taken[0] == offset
        offset += len(taken[1])
        sizes.append(sum(len(entry.text) for entry in taken[1]))
    assert offset == 10
    assert max(sizes) <= FRAME_TEXT_BYTES
    buffer.append(line("x" * FRAME_TEXT_BYTES * 2))
    assert buffer.take() is not None


def test_when_full_the_oldest_go_and_the_gap_shows_in_the_numbers() -> None:
    buffer = OutputBuffer()
    count = 2 * HELD_BYTES // 8064
    for number in range(count):
        buffer.append(line(f"{number}".ljust(8000)))
    taken = buffer.take()
    assert taken is not None
    offset, lines = taken
    assert offset > 0
    assert int(lines[0].text) == offset


def test_rewind_offers_the_newest_sent_lines_again() -> None:
    buffer = OutputBuffer()
    for number in range(20):
        buffer.append(line(f"{number}".ljust(8000)))
        buffer.take()
    buffer.append(line("20"))
    buffer.rewind()
    texts: list[int] = []
    first = None
    while (taken := buffer.take()) is not None:
        first = taken[0] if first is None else first
        texts += [int(entry.text) for entry in taken[1]]
    assert texts == list(range(first or 0, 21))
    assert 10 < (first or 0) < 20


def test_rewind_twice_offers_the_same() -> None:
    buffer = OutputBuffer()
    buffer.append(line("a"))
    buffer.take()
    buffer.rewind()
    buffer.rewind()
    assert buffer.take() == (0, [line("a")])
