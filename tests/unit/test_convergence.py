"""Both ends of the agent channel joined by a bad link: whatever is lost, they agree in the end.

The real pieces: ``AgentSession`` and the command machine on one side, the agent's ``Session`` with its
SQLite journal on the other, real frames between them (``two_ends``). Trouble is any order of: links
cut with frames in flight that arrive late or never, repeated frames, crashes of either side, time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from tests.unit.two_ends import START, Agent, Crash, Link, Server

from opstage.core.command import Command, CommandStatus
from opstage_agent import wire
from opstage_agent.wire import CommandKind

ACTIONS = st.sampled_from(["once", "safe"])


class Convergence(RuleBasedStateMachine):
    """Random trouble, then peace: everything ends, and both sides say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = START
        self.troubled = 0.0
        self.server = Server()
        self.agent = Agent(Path(self.folder.name) / "journal.db")
        self.agent.upload = self.take_upload
        self.links: list[Link] = []
        self.agent_crashed = False
        self.cancelled: set[str] = set()

    def attempt(self, work: Callable[[], None]) -> bool:
        """Let the server work; False if it died over it."""
        try:
            work()
        except Crash:
            self.crash_server()
            return False
        return True

    def take_upload(self, result: wire.Result) -> bool:
        return self.attempt(lambda: self.server.take_result(result, None, self.now))

    # --- trouble ---------------------------------------------------------------------------------

    @rule(
        action=st.sampled_from(["once", "safe"]), count=st.integers(1, 3), ttl=st.sampled_from([None, 300.0])
    )
    def create(self, action: str, count: int, ttl: float | None) -> None:
        for _ in range(count):
            cmd = Command(
                id=f"cmd_{len(self.server.rows):03}",
                agent_id="agt_1",
                service_id="svc_1",
                service_code="links",
                kind=CommandKind.ACTION_EXECUTE,
                action_name=action,
                retry_safe=action == "safe",
                created_at=self.now,
                expires_at=None if ttl is None else self.now + ttl,
            )
            self.attempt(partial(self.server.create, cmd, self.now))

    @initialize(actions=st.lists(ACTIONS, min_size=1, max_size=4), frames=st.integers(0, 12))
    def begin(self, actions: list[str], frames: int) -> None:
        """Some work, and a connection that is somewhere between its first frame and running it."""
        for action in actions:
            self.create(action, 1, None)
        self.connect()
        self.flow(frames)

    @precondition(lambda self: self.agent.link is None)
    @rule()
    def connect(self) -> None:
        self.links.append(self.agent.connect(self.now))

    @precondition(lambda self: self.agent.link is None)
    @rule(frames=st.integers(1, 12))
    def connect_and_flow(self, frames: int) -> None:
        self.connect()
        self.flow(frames)

    @precondition(lambda self: self.agent.link is not None)
    @rule(frames=st.integers(1, 12))
    def flow(self, frames: int) -> None:
        """So many frames pass, in turn in both directions where there are any."""
        for number in range(frames):
            link = self.agent.link
            if link is None:
                return
            if link.down and (number % 2 or not link.up):
                self.agent.receive(link.down.popleft(), self.now)
            elif link.up and not link.server_left:
                self.attempt(partial(self.server.receive, link, link.up.popleft(), self.now))
            elif link.server_left:
                self.agent.cut(self.now)

    @precondition(lambda self: any(link.up and not link.server_left for link in self.links))
    @rule(data=st.data(), count=st.integers(1, 6))
    def deliver_up(self, data: Any, count: int) -> None:
        """Of any link, also of one the agent has left: what was on its way arrives late."""
        link = data.draw(st.sampled_from([link for link in self.links if link.up and not link.server_left]))
        for _ in range(count):
            if not link.up or link.server_left:
                return
            if not self.attempt(partial(self.server.receive, link, link.up.popleft(), self.now)):
                return

    @precondition(lambda self: self.agent.link is not None and self.agent.link.down)
    @rule(count=st.integers(1, 6))
    def deliver_down(self, count: int) -> None:
        for _ in range(count):
            link = self.agent.link
            if link is None or not link.down:
                return
            self.agent.receive(link.down.popleft(), self.now)

    @precondition(lambda self: self.agent.link is not None)
    @rule(upward=st.booleans())
    def repeat(self, upward: bool) -> None:
        link = self.agent.link
        assert link is not None
        queue = link.up if upward else link.down
        if queue and '"type":"hello"' not in queue[0]:
            queue.appendleft(queue[0])

    @precondition(lambda self: self.agent.link is not None)
    @rule()
    def cut(self) -> None:
        self.agent.cut(self.now)

    @precondition(lambda self: self.server.link is not None)
    @rule()
    def server_loses_the_link(self) -> None:
        assert self.server.link is not None
        self.server.leave(self.server.link)

    @rule()
    def crash_server(self) -> None:
        self.server.fuse = None
        for link in self.links:
            link.server_left = True
        self.server.start(self.now)

    @rule(commits=st.integers(1, 4), before=st.booleans())
    def let_the_server_die_at_a_commit(self, commits: int, before: bool) -> None:
        self.server.arm(commits, before)

    @rule()
    def crash_agent(self) -> None:
        self.agent_crashed = True
        self.agent.crash(self.now)

    @rule(seconds=st.sampled_from([1.0, 1.0, 5.0, 16.0, 61.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.troubled += seconds
        self.agent.tick(self.now)
        self.attempt(lambda: self.server.tick(self.now))

    @precondition(lambda self: self.agent.runs)
    @rule(data=st.data(), success=st.booleans(), size=st.sampled_from([0, 0, 3000]))
    def end_run(self, data: Any, success: bool, size: int) -> None:
        self.agent.end(data.draw(st.sampled_from(sorted(self.agent.runs))), success, size, self.now)

    @precondition(lambda self: self.server.live)
    @rule(data=st.data())
    def cancel(self, data: Any) -> None:
        command_id = data.draw(st.sampled_from(sorted(self.server.live)))
        self.cancelled.add(command_id)
        self.attempt(lambda: self.server.cancel(command_id, self.now))

    # --- peace -----------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self.server.fuse = None
            self.agent.cut(self.now)
            unfinished = {row.id for row in self.server.rows.values() if not row.finished}
            for _ in self.rounds():
                if self.settled():
                    break
            assert self.settled(), self.unsettled()
            self.compare(unfinished)
        finally:
            self.agent.journal.close()
            self.folder.cleanup()

    def rounds(self) -> Iterator[None]:
        """Good times: connected, all frames arrive, every run ends, time passes."""
        for _ in range(150):
            if self.agent.link is None:
                self.connect()
            self.flow(1000)
            for command_id in sorted(self.agent.runs):
                self.agent.end(command_id, not self.agent.runs[command_id][1], 0, self.now)
            yield
            self.now += 5.0
            self.agent.tick(self.now)
            self.server.tick(self.now)

    def settled(self) -> bool:
        return (
            all(row.finished for row in self.server.rows.values())
            and not self.agent.runs
            and not self.agent.journal.unstored()
        )

    def unsettled(self) -> str:
        rows = [row for row in self.server.rows.values() if not row.finished]
        return f"rows {rows}, runs {self.agent.runs}, journal {self.agent.journal.unstored()}"

    def compare(self, ended_in_peace: set[str]) -> None:
        for row in self.server.rows.values():
            told = self.server.results.get(row.id)
            if told is not None and (told.success or (told.error and told.error.code == "BROKEN")):
                heard = [(one.success, one.data) for one in self.agent.outcomes[row.id]]
                assert (told.success, told.data) in heard
            assert (row.status is CommandStatus.SUCCEEDED) is (told is not None and told.success)
            if row.status is CommandStatus.CANCELLED:
                assert row.id in self.cancelled
            if self.agent_crashed or row.id in self.cancelled or self.waited_too_long(row):
                continue
            if self.troubled < 60.0 or row.id in ended_in_peace:
                assert row.error_code in (None, "BROKEN"), "an outcome was lost without need"
                assert len(self.agent.outcomes[row.id]) == 1

    def waited_too_long(self, row: Command) -> bool:
        return row.status is CommandStatus.EXPIRED and row.expires_at is not None and self.troubled > 60.0


TestConvergence = Convergence.TestCase
TestConvergence.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
