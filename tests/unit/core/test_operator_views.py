"""Views as operators follow them: snapshots, deltas, output, shared and compressed frames."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.unit.core.operator_client import Client, filled, row, text, unpack

from opstage.core.operator_session import OperatorSession
from opstage.core.output import OutputBuffer
from opstage.core.source import FRAMES_KEPT, ViewSource
from opstage.core.view import LiveView
from opstage_agent.wire import (
    Cursor,
    Delta,
    Mark,
    OperatorHello,
    OutputLine,
    OutputLines,
    OutputStream,
    Snapshot,
    Subscribe,
    Viewer,
)


def test_hello_is_the_first_frame() -> None:
    viewer = Viewer(username="ann", role="owner")
    hello = OperatorHello(epoch="e", server_time="t", version="1", ping_seconds=25.0, user=viewer)
    session = OperatorSession(0.0, hello=hello)
    client = Client(session, filled(1))
    client.read()
    assert [type(frame) for frame in client.frames] == [OperatorHello, Snapshot]


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (500, 1), (501, 2), (1700, 4)])
def test_a_snapshot_comes_in_pages_of_one_revision(rows: int, pages: int) -> None:
    client = Client(OperatorSession(0.0), filled(rows))
    client.read()
    assert len(client.frames) == pages
    assert [frame.done for frame in client.frames if isinstance(frame, Snapshot)][-1]
    assert client.agrees()


def test_what_changes_while_the_pages_are_read_comes_as_a_delta() -> None:
    source = filled(1200)
    client = Client(OperatorSession(0.0), source)
    client.read(most=2)
    source.view.put("k0", row("k0", 7))
    source.view.remove("k700", 0.0)
    client.read()
    assert isinstance(client.frames[-1], Delta)
    assert client.agrees()


def test_a_resumed_client_gets_a_delta_even_if_nothing_changed() -> None:
    source = filled(3)
    client = Client(OperatorSession(0.0), source, since=Cursor(epoch="e", revision=3))
    client.revision = 3
    client.read()
    assert client.frames == [Delta(id="s", from_=3, revision=3, upsert=[], remove=[])]


def test_a_resumed_client_gets_what_it_missed() -> None:
    source = filled(3)
    first = Client(OperatorSession(0.0), source)
    first.read()
    source.view.put("k1", row("k1", 5))
    source.view.remove("k2", 0.0)
    again = Client(OperatorSession(0.0), source, since=Cursor(epoch="e", revision=3))
    again.rows, again.revision = first.rows, 3
    again.read()
    assert [type(frame) for frame in again.frames] == [Delta]
    assert again.agrees()


@pytest.mark.parametrize("since", [Cursor(epoch="other", revision=3), Cursor(epoch="e", revision=4)])
def test_a_cursor_that_cannot_be_served_gets_a_snapshot(since: Cursor) -> None:
    client = Client(OperatorSession(0.0), filled(3), since=since)
    client.read()
    assert [type(frame) for frame in client.frames] == [Snapshot]


def test_a_client_that_fell_below_the_floor_gets_a_snapshot() -> None:
    source = filled(5)
    client = Client(OperatorSession(0.0), source)
    client.read()
    source.view.remove("k1", 0.0)
    source.view.put("k2", row("k2", 9))
    source.view.expire(1e6)
    client.read()
    assert [type(frame) for frame in client.frames] == [Snapshot, Snapshot]
    assert client.agrees()


def test_a_big_change_comes_in_several_deltas() -> None:
    source = filled(1200)
    client = Client(OperatorSession(0.0), source)
    client.read()
    for number in range(1200):
        source.view.put(f"k{number}", row(f"k{number}", 1))
    client.read()
    assert [type(frame) for frame in client.frames] == [Snapshot] * 3 + [Delta] * 3
    assert client.agrees()


def test_changes_show_when_they_are_published() -> None:
    source = filled(2)
    client = Client(OperatorSession(0.0), source)
    source.publish()
    client.read()
    source.view.put("k0", row("k0", 1))
    client.read()
    assert client.revision == 2
    assert source.publish()
    source.view.put("k1", row("k1", 1))
    client.read()
    assert client.revision == 3
    assert not client.agrees()
    assert source.publish()
    assert not source.publish()
    client.read()
    assert client.agrees()


def test_clients_at_the_same_place_share_one_encoding() -> None:
    source = filled(3)
    clients = [Client(OperatorSession(0.0), source) for _ in range(3)]
    for deflate in (None, "deflate"):
        for client in clients:
            client.subscribe(encoding=deflate)
        first = [client.session.next_frame(0.0) for client in clients]
        assert first[0] is first[1] is first[2]
        source.view.put("k0", row("k0", 5 if deflate else 4, 3000))
        source.publish()
        deltas = [client.session.next_frame(0.0) for client in clients]
        assert deltas[0] is not None
        assert deltas[0] is deltas[1] is deltas[2]


def test_large_frames_are_compressed_for_those_who_ask() -> None:
    source = filled(300, size=100)
    client = Client(OperatorSession(0.0), source, encoding="deflate")
    plain = Client(OperatorSession(0.0), source)
    packed = client.session.next_frame(0.0)
    loose = plain.session.next_frame(0.0)
    assert isinstance(packed, bytes)
    assert isinstance(loose, str)
    assert unpack(packed) == unpack(loose)
    assert len(packed) * 5 < len(loose)


def test_small_frames_stay_text() -> None:
    client = Client(OperatorSession(0.0), filled(1), encoding="deflate")
    assert isinstance(client.session.next_frame(0.0), str)


def test_a_mark_comes_after_twenty_seconds_without_a_delta() -> None:
    source = filled(1)
    client = Client(OperatorSession(0.0), source)
    client.read(5.0)
    assert client.session.wake_at(5.0) == 25.0
    client.read(24.9)
    assert len(client.frames) == 1
    client.read(25.0)
    assert client.frames[-1] == Mark(id="s", revision=1)
    assert client.session.wake_at(25.0) == 45.0


def test_a_busy_view_does_not_starve_another() -> None:
    session = OperatorSession(0.0)
    busy, calm = filled(5000), filled(1)
    calm.name = "calm"
    for key, source in (("a", busy), ("b", calm)):
        session.receive(text(Subscribe(id=key, view=source.name)), 0.0)
        session.attach(key, source)
    frames = [unpack(session.next_frame(0.0) or "") for _ in range(3)]
    assert [frame.id for frame in frames if isinstance(frame, Snapshot)] == ["a", "b", "a"]


def test_the_ids_of_many_clients_do_not_pile_up_in_memory() -> None:
    source = filled(1)
    for number in range(FRAMES_KEPT * 3):
        session = OperatorSession(0.0)
        session.receive(text(Subscribe(id=f"s{number}", view="fleet")), 0.0)
        session.attach(f"s{number}", source)
        message = session.next_frame(0.0)
        assert message is not None
        assert unpack(message).id == f"s{number}"  # type: ignore[union-attr]
    assert len(source.pages().page(0).frames) <= FRAMES_KEPT


def test_after_a_publish_a_new_client_starts_from_the_newest_state() -> None:
    source = filled(3)
    Client(OperatorSession(0.0), source).read()
    source.view.put("k1", row("k1", 9))
    source.publish()
    late = Client(OperatorSession(0.0), source)
    late.read()
    assert [type(frame) for frame in late.frames] == [Snapshot]
    assert late.agrees()


def test_clients_that_come_while_another_reads_share_its_snapshot() -> None:
    source = filled(1200)
    first = Client(OperatorSession(0.0), source)
    first.read(most=1)
    source.view.put("k1", row("k1", 9))
    source.publish()
    second = Client(OperatorSession(0.0), source)
    second.read()
    first.read()
    assert [type(frame) for frame in second.frames] == [Snapshot] * 3 + [Delta]
    assert first.agrees()
    assert second.agrees()


def test_frames_are_forgotten_when_the_next_step_is_published() -> None:
    source = filled(1)
    client = Client(OperatorSession(0.0), source)
    client.read()
    client.frames.clear()
    tracemalloc.start()
    try:
        for number in range(20):
            source.view.put("k0", row("k0", number, size=500_000))
            source.publish()
            client.read()
            client.frames.clear()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 5_000_000


@given(key=st.text(min_size=1, max_size=200), deflate=st.booleans())
def test_any_subscription_id_comes_back_as_it_was(key: str, deflate: bool) -> None:
    source = filled(30, size=100)
    session = OperatorSession(0.0)
    session.receive(text(Subscribe(id=key, view="fleet", encoding="deflate" if deflate else None)), 0.0)
    session.attach(key, source)
    message = session.next_frame(0.0)
    assert isinstance(message, bytes) is deflate
    assert unpack(message or "").id == key  # type: ignore[union-attr]


def said(*texts: str) -> list[OutputLine]:
    return [OutputLine(stream=OutputStream.STDOUT, text=one) for one in texts]


def test_output_follows_the_rows_of_a_command() -> None:
    source = filled(1, output=OutputBuffer())
    assert source.output is not None
    source.output.append(0, said("a", "b"), 1)
    client = Client(OperatorSession(0.0), source)
    client.read()
    assert [type(frame) for frame in client.frames] == [Snapshot, OutputLines]
    source.output.append(2, said("c"), 1)
    client.read()
    assert client.lines == ["a", "b", "c"]


def test_output_shows_when_it_is_published() -> None:
    source = filled(1, output=OutputBuffer())
    assert source.output is not None
    client = Client(OperatorSession(0.0), source)
    source.publish()
    source.output.append(0, said("a"), 1)
    client.read()
    assert client.lines == []
    assert source.publish()
    client.read()
    assert client.lines == ["a"]


def test_missing_output_is_announced() -> None:
    source = filled(1, output=OutputBuffer())
    assert source.output is not None
    source.output.append(0, said("a"), 1)
    source.output.append(9, said("j"), 1)
    client = Client(OperatorSession(0.0), source)
    client.read()
    assert (client.lines, client.missing) == (["a", "j"], 8)


def test_output_of_a_new_attempt_starts_over() -> None:
    source = filled(1, output=OutputBuffer())
    assert source.output is not None
    source.output.append(0, said("a", "b"), 1)
    client = Client(OperatorSession(0.0), source)
    client.read()
    source.output.append(0, said("x"), 2)
    client.read()
    assert client.lines == ["x"]


def test_long_output_comes_in_several_frames() -> None:
    source = filled(1, output=OutputBuffer())
    assert source.output is not None
    texts = [f"{number:04}" + "x" * 1000 for number in range(300)]
    source.output.append(0, said(*texts), 1)
    client = Client(OperatorSession(0.0), source, encoding="deflate")
    client.read()
    assert client.lines == texts
    assert len(client.frames) > 4


class Followers(RuleBasedStateMachine):
    """Several clients of one source, some slow, some resuming: whoever catches up holds the view."""

    @initialize(limit=st.integers(0, 4))
    def start(self, limit: int) -> None:
        self.view = LiveView("e", tombstone_limit=limit)
        self.source = ViewSource("fleet", self.view)
        self.now = 0.0
        self.clients = [
            Client(OperatorSession(0.0), self.source, encoding=encoding)
            for encoding in (None, None, "deflate")
        ]

    @rule(key=st.integers(0, 1500), count=st.sampled_from([1, 3, 700]), value=st.integers(0, 5))
    def put(self, key: int, count: int, value: int) -> None:
        for number in range(key, key + count):
            self.view.put(f"k{number}", row(f"k{number}", value))

    @rule(key=st.integers(0, 1500), count=st.sampled_from([1, 3, 40]))
    def remove(self, key: int, count: int) -> None:
        for number in range(key, key + count):
            self.view.remove(f"k{number}", self.now)

    @rule()
    def publish(self) -> None:
        self.source.publish()

    @rule(number=st.integers(0, 2), most=st.integers(1, 3))
    def read_some(self, number: int, most: int) -> None:
        self.clients[number].read(self.now, most)

    @rule(number=st.integers(0, 2))
    def resume(self, number: int) -> None:
        old = self.clients[number]
        since = None if old.revision is None else Cursor(epoch="e", revision=old.revision)
        client = Client(OperatorSession(self.now), self.source, since=since)
        client.rows, client.revision = old.rows, old.revision
        self.clients[number] = client

    @rule(number=st.integers(0, 2))
    def catch_up(self, number: int) -> None:
        self.source.publish()
        self.clients[number].read(self.now)
        assert self.clients[number].agrees()
        assert self.clients[number].revision == self.view.revision


TestFollowers = Followers.TestCase
TestFollowers.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
