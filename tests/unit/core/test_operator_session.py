"""Subscriptions, answers and bad input on the operator channel."""

from __future__ import annotations

import pytest
from tests.unit.core.operator_client import Client, filled, text, unpack

from opstage.core.operator_session import Close, Closed, Effect, Opened, OperatorLimits, OperatorSession
from opstage_agent.wire import (
    CloseCode,
    ErrorFrame,
    Gone,
    Ping,
    Pong,
    ServerBye,
    Snapshot,
    Subscribe,
    Unsubscribe,
)


def closing(effects: list[Effect]) -> CloseCode:
    [effect] = effects
    assert isinstance(effect, Close)
    return effect.code


def test_a_refused_subscription_is_gone() -> None:
    session = OperatorSession(0.0)
    session.receive(text(Subscribe(id="s", view="command:x")), 0.0)
    assert session.refuse("s", "not-found") == [Closed("s", "command:x")]
    assert unpack(session.next_frame(0.0) or "") == Gone(id="s", reason="not-found")
    assert session.subscriptions == {}
    assert not session.attach("s", filled(1))


def test_a_subscription_to_a_name_that_makes_no_sense_is_explained_and_gone() -> None:
    session = OperatorSession(0.0)
    session.receive(text(Subscribe(id="s", view="fleet:=")), 0.0)
    assert session.reject("s", "Expected a key.") == [Closed("s", "fleet:=")]
    assert unpack(session.next_frame(0.0) or "") == ErrorFrame(
        code="VALIDATION_FAILED", message="Expected a key.", about="subscribe"
    )
    assert unpack(session.next_frame(0.0) or "") == Gone(id="s", reason="not-found")
    assert session.reject("s", "again") == [], "it is over already"
    assert session.next_frame(0.0) is None


def test_a_view_may_be_known_to_the_client_by_another_name() -> None:
    session = OperatorSession(0.0)
    session.receive(text(Subscribe(id="s", view="another spelling")), 0.0)
    source = filled(1)
    assert not session.attach("s", source)
    assert session.attach("s", source, "another spelling")
    assert isinstance(unpack(session.next_frame(0.0) or ""), Snapshot)


def test_unsubscribe_ends_the_frames() -> None:
    source = filled(1)
    client = Client(OperatorSession(0.0), source)
    assert client.session.receive(text(Unsubscribe(id="s")), 1.0) == [Closed("s", "fleet")]
    assert client.session.receive(text(Unsubscribe(id="s")), 1.0) == []
    client.read(100.0)
    assert client.frames == []


def test_a_subscription_under_the_same_id_replaces_the_old_one() -> None:
    source = filled(1)
    client = Client(OperatorSession(0.0), source)
    client.read()
    effects = client.session.receive(text(Subscribe(id="s", view="audit")), 1.0)
    assert effects == [Closed("s", "fleet"), Opened("s", "audit")]
    assert not client.session.attach("s", source), "a view that was found too late was attached"


def test_too_many_subscriptions_are_refused_and_the_rest_goes_on() -> None:
    session = OperatorSession(0.0)
    for number in range(32):
        assert session.receive(text(Subscribe(id=f"s{number}", view="fleet")), 0.0)
    assert session.receive(text(Subscribe(id="more", view="fleet")), 0.0) == []
    answer = unpack(session.next_frame(0.0) or "")
    assert isinstance(answer, ErrorFrame)
    assert answer.code == "TOO_MANY_SUBSCRIPTIONS"
    assert len(session.subscriptions) == 32
    assert len(session.receive(text(Subscribe(id="s3", view="audit")), 0.0)) == 2


def test_ping_is_answered_with_its_ref() -> None:
    session = OperatorSession(0.0)
    session.receive(text(Ping(ref="7")), 0.0)
    assert unpack(session.next_frame(0.0) or "") == Pong(ref="7")


def test_an_unknown_type_is_answered_and_the_connection_goes_on() -> None:
    session = OperatorSession(0.0)
    assert session.receive('{"type":"execute"}', 0.0) == []
    answer = unpack(session.next_frame(0.0) or "")
    assert isinstance(answer, ErrorFrame)
    assert (answer.code, answer.about) == ("UNKNOWN_TYPE", "execute")
    assert not session.closed


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("{", CloseCode.MALFORMED),
        (b'{"type":"ping"}', CloseCode.MALFORMED),
        ('{"type":"subscribe","id":"a"}', CloseCode.MALFORMED),
        ('{"type":"subscribe","id":"","view":"fleet"}', CloseCode.MALFORMED),
        ('{"type":"subscribe","id":"%s","view":"fleet"}' % ("x" * 201), CloseCode.MALFORMED),
        ('{"type":"subscribe","id":"a","view":"fleet","since":{"epoch":1}}', CloseCode.MALFORMED),
        ('{"type":"ping","ref":"%s"}' % ("x" * 16 * 1024), CloseCode.FRAME_TOO_BIG),
    ],
)
def test_bad_frames_close(data: str | bytes, code: CloseCode) -> None:
    session = OperatorSession(0.0)
    assert closing(session.receive(data, 0.0)) is code
    assert session.receive(text(Ping()), 0.0) == []


def test_three_silent_ping_intervals_close() -> None:
    session = OperatorSession(0.0)
    session.receive(text(Ping()), 10.0)
    assert session.deadline() == 85.0
    assert session.tick(84.9) == []
    assert closing(session.tick(85.0)) is CloseCode.NO_HEARTBEAT


def test_a_flood_of_messages_closes() -> None:
    session = OperatorSession(0.0, limits=OperatorLimits(rate=10.0, burst=5.0))
    answers = [session.receive(text(Ping()), 0.0) for _ in range(6)]
    assert answers[:5] == [[]] * 5
    assert closing(answers[5]) is CloseCode.RATE


def test_a_client_that_asks_and_never_reads_is_closed() -> None:
    session = OperatorSession(0.0, limits=OperatorLimits(control_frames=8))
    for second in range(8):
        assert session.receive(text(Ping()), float(second)) == []
    assert closing(session.receive(text(Ping()), 9.0)) is CloseCode.TOO_SLOW


def test_bye_goes_before_what_else_waits() -> None:
    client = Client(OperatorSession(0.0), filled(2000))
    client.read(most=1)
    bye = ServerBye(code=4002, message="draining")
    client.session.send(bye)
    client.read(most=1)
    assert client.frames[-1] == bye
