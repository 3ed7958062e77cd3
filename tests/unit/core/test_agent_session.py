"""The server's side of the agent channel: order, shape, size, rate, silence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opstage.core.agent_session import AgentSession, Close, Deliver, Effect, Send
from opstage_agent.wire import (
    Accept,
    AgentBye,
    AgentUp,
    CloseCode,
    ErrorFrame,
    Heartbeat,
    Hello,
    Report,
    Sdk,
    Want,
    encode,
)

HELLO = Hello(instance="i", sdk=Sdk(name="x", version="1"), services=[], running=[], finished=[])
BEAT = 15.0


def text(frame: msgspec.Struct) -> str:
    return encode(frame).decode()


def beat(seq: int) -> Heartbeat:
    return Heartbeat(seq=seq, running=[])


def fresh(now: float = 0.0, **limits: Any) -> AgentSession:
    return AgentSession(now, heartbeat_seconds=BEAT, **limits)


def greeted(**limits: Any) -> AgentSession:
    session = fresh(**limits)
    assert session.receive(text(HELLO), 0.0) == [Deliver(HELLO)]
    session.welcomed(0.0, BEAT)
    return session


def closing(effects: list[Effect]) -> tuple[CloseCode, str]:
    [effect] = effects
    assert isinstance(effect, Close)
    assert len(effect.reason.encode()) <= 120
    return effect.code, effect.reason


def test_frames_are_delivered_in_order() -> None:
    session = greeted()
    frames: list[AgentUp] = [beat(1), Accept(command_id="c", attempt=1), beat(2), AgentBye(reason="over")]
    assert [session.receive(text(frame), 1.0) for frame in frames] == [[Deliver(frame)] for frame in frames]


def test_unknown_fields_are_ignored() -> None:
    assert greeted().receive('{"type":"bye","reason":"r","mood":"good"}', 1.0) == [
        Deliver(AgentBye(reason="r"))
    ]


@pytest.mark.parametrize("frame", [beat(1), Accept(command_id="c", attempt=1), AgentBye()])
def test_a_first_frame_that_is_not_hello_is_malformed(frame: AgentUp) -> None:
    code, reason = closing(fresh().receive(text(frame), 1.0))
    assert code is CloseCode.MALFORMED
    assert "expected hello first" in reason


def test_a_second_hello_is_malformed() -> None:
    code, reason = closing(greeted().receive(text(HELLO), 1.0))
    assert (code, reason) == (CloseCode.MALFORMED, "hello: expected once, came twice")


def test_no_hello_within_ten_seconds_closes() -> None:
    session = fresh(now=100.0)
    assert session.deadline() == 110.0
    assert session.tick(109.9) == []
    code, _ = closing(session.tick(110.0))
    assert code is CloseCode.NO_HELLO


def test_an_unknown_type_does_not_stand_for_hello() -> None:
    session = fresh()
    session.receive('{"type":"dance"}', 9.0)
    assert closing(session.tick(10.0))[0] is CloseCode.NO_HELLO


def test_three_silent_heartbeats_close() -> None:
    session = greeted()
    session.receive(text(beat(1)), 20.0)
    assert session.last_contact == 20.0
    assert session.deadline() == 65.0
    assert session.tick(64.9) == []
    code, reason = closing(session.tick(65.0))
    assert (code, reason) == (CloseCode.NO_HEARTBEAT, "expected a frame within 45 s")


def test_any_frame_counts_as_contact() -> None:
    session = greeted()
    session.receive('{"type":"dance"}', 40.0)
    assert session.deadline() == 85.0


def test_silence_is_measured_by_the_interval_the_welcome_named() -> None:
    session = fresh()
    session.receive(text(HELLO), 0.0)
    session.welcomed(2.0, 50.0)
    assert session.deadline() == 152.0


@pytest.mark.parametrize("seqs", [[2], [1, 3], [1, 1], [1, 2, 1]])
def test_a_gap_in_seq_asks_for_a_full_report(seqs: list[int]) -> None:
    session = greeted()
    answers = [session.receive(text(beat(seq)), 1.0) for seq in seqs]
    assert answers[-1] == [Deliver(beat(seqs[-1])), Send(Want())]
    assert all(answer == [Deliver(beat(seq))] for answer, seq in zip(answers[:-1], seqs, strict=False))


def test_heartbeats_and_reports_are_counted_together() -> None:
    session = greeted()
    report = Report(seq=2, services=[])
    assert session.receive(text(beat(1)), 1.0) == [Deliver(beat(1))]
    assert session.receive(text(report), 1.0) == [Deliver(report)]


def test_one_want_stands_until_a_report_comes() -> None:
    session = greeted()
    assert Send(Want()) in session.receive(text(beat(5)), 1.0)
    assert session.receive(text(beat(9)), 2.0) == [Deliver(beat(9))]
    session.receive(text(Report(seq=10, services=[])), 3.0)
    assert Send(Want()) in session.receive(text(beat(20)), 4.0)


def test_an_unknown_type_is_answered_and_the_connection_goes_on() -> None:
    session = greeted()
    [answer] = session.receive('{"type":"dance","speed":3}', 1.0)
    assert isinstance(answer, Send)
    assert isinstance(answer.frame, ErrorFrame)
    assert (answer.frame.code, answer.frame.about) == ("UNKNOWN_TYPE", "dance")
    assert session.receive(text(beat(1)), 2.0) == [Deliver(beat(1))]


def test_the_name_of_an_unknown_type_is_not_repeated_at_length() -> None:
    [answer] = greeted().receive('{"type":"%s"}' % ("x" * 10_000), 1.0)
    assert isinstance(answer, Send)
    assert len(text(answer.frame)) < 400


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ("", ""),
        ("nonsense", ""),
        ("[1]", ""),
        ("{}", "type"),
        ('{"type":7}', "type"),
        ('{"type":"heartbeat","seq":"one","running":[]}', "$.seq"),
        ('{"type":"heartbeat","seq":1}', "running"),
        ('{"type":"progress","commandId":"c","attempt":1,"percent":101}', "$.percent"),
        ('{"type":"output","commandId":"c","attempt":1,"offset":-1,"lines":[]}', "$.offset"),
        ('{"type":"accept","commandId":"c","attempt":' + "9" * 5000 + "}", ""),
        ('{"type":"event","eventRef":' + "[" * 50_000, ""),
        ('{"type":"bye","reason":"\ud800"}', ""),
        (b'{"type":"bye"}', "binary"),
    ],
)
def test_a_malformed_frame_closes_and_says_where(data: str | bytes, where: str) -> None:
    session = greeted()
    code, reason = closing(session.receive(data, 1.0))
    assert code is CloseCode.MALFORMED
    assert where in reason
    assert session.receive(text(beat(1)), 2.0) == []
    assert session.tick(1e9) == []


def test_deep_nesting_inside_a_known_frame_is_malformed() -> None:
    deep = '{"type":"result","commandId":"c","attempt":1,"success":true,"data":{"a":%s}}'
    code, _ = closing(greeted().receive(deep % ("[" * 50_000 + "]" * 50_000), 1.0))
    assert code is CloseCode.MALFORMED


def test_a_frame_that_is_too_big_closes() -> None:
    frame = text(AgentBye(reason="x" * 300))
    assert closing(greeted(frame_bytes=len(frame) - 1).receive(frame, 1.0))[0] is CloseCode.FRAME_TOO_BIG
    assert fresh(frame_bytes=len(text(HELLO))).receive(text(HELLO), 1.0) == [Deliver(HELLO)]


def test_size_is_counted_in_bytes_not_characters() -> None:
    frame = text(AgentBye(reason="é" * 60))
    assert len(frame) < len(frame.encode())
    session = greeted(frame_bytes=len(text(HELLO)))
    assert len(frame) <= len(text(HELLO)) < len(frame.encode())
    assert closing(session.receive(frame, 1.0))[0] is CloseCode.FRAME_TOO_BIG


def test_a_message_rate_above_the_limit_closes() -> None:
    session = greeted(rate=20.0, burst=100.0)
    for seq in range(1, 100):
        session.receive(text(beat(seq)), 0.0)
    assert closing(session.receive(text(beat(100)), 0.04))[0] is CloseCode.RATE


def test_the_allowed_rate_can_be_kept_up() -> None:
    session = greeted(rate=20.0, burst=100.0)
    for seq in range(1, 2000):
        frame = beat(seq)
        assert session.receive(text(frame), seq * 0.0501) == [Deliver(frame)]


junk = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ).map(lambda value: msgspec.json.encode(value, enc_hook=str).decode()),
    st.sampled_from(["hello", "heartbeat", "report", "result", "x"]).map('{"type":"%s"}'.__mod__),
)


@given(messages=st.lists(junk, max_size=20), greet=st.booleans())
def test_whatever_comes_is_answered_with_effects_and_after_a_close_with_nothing(
    messages: list[str | bytes], greet: bool
) -> None:
    session = greeted() if greet else fresh()
    ended = False
    for now, message in enumerate(messages):
        effects = session.receive(message, now / 10)
        assert not (ended and effects)
        ended = ended or any(isinstance(effect, Close) for effect in effects)
        assert session.closed is ended
