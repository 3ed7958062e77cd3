"""Close reasons that fit a close frame, and the length of messages in bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opstage.core.inbound import byte_length, close
from opstage_agent.wire import CloseCode


@given(reason=st.text(alphabet=st.characters(), max_size=300))
def test_a_reason_is_cut_between_characters_to_fit(reason: str) -> None:
    cut = close(CloseCode.MALFORMED, reason).reason
    assert len(cut.encode()) <= 120
    assert cut == reason or reason.encode(errors="replace").decode().startswith(cut)


def test_a_short_reason_stays_whole() -> None:
    assert close(CloseCode.RATE, "é" * 60).reason == "é" * 60
    assert close(CloseCode.RATE, "é" * 61).reason == "é" * 60


@given(text=st.text(max_size=50))
def test_length_is_that_of_utf_8(text: str) -> None:
    assert byte_length(text) == len(text.encode())
    assert byte_length(text.encode()) == len(text.encode())
