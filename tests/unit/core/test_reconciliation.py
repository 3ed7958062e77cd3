"""What a hello means for commands, and what holds for every sequence of events."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace
from tests.unit.core.examples import NEW, SAFE, T, attempts, must, outcome, running, sent

from opstage.core import commands
from opstage.core.command import Command, CommandStatus
from opstage.core.reconciliation import reconcile


def test_hello_adopts_what_the_agent_runs() -> None:
    found = reconcile([sent()], attempts(cmd_1=1), [], T + 9.0)
    [cmd] = found.changed
    assert (cmd.status, cmd.started_at, cmd.lease_until) == (CommandStatus.RUNNING, T + 9.0, T + 69.0)
    assert (found.forget, found.stop, found.cancel) == ([], [], [])


def test_hello_adopts_an_older_attempt_whose_result_then_counts() -> None:
    again = sent(must(commands.due(sent(), T + 60.0)), T + 60.0)
    for kind in ("running", "finished"):
        held = attempts(cmd_1=1)
        there = (held, []) if kind == "running" else ([], held)
        [cmd] = reconcile([again], *there, T + 61.0).changed
        assert (cmd.attempt, cmd.held_attempt) == (2, 1)
        assert commands.send(cmd, T + 61.0) is None
        assert must(commands.finish(cmd, 1, True, None, None, T + 62.0)).status is CommandStatus.SUCCEEDED
        assert commands.finish(cmd, 3, True, None, None, T + 62.0) is None


def test_an_agent_that_turned_to_the_newest_attempt_is_heard_under_both() -> None:
    again = sent(must(commands.due(sent(), T + 60.0)), T + 60.0)
    [cmd] = reconcile([again], attempts(cmd_1=1), [], T + 61.0).changed
    assert must(commands.finish(cmd, 2, True, None, None, T + 62.0)).status is CommandStatus.SUCCEEDED
    turned = must(commands.accept(cmd, 2, T + 62.0))
    assert turned.held_attempt == 2
    assert commands.finish(turned, 1, True, None, None, T + 63.0) is None


def test_a_command_nobody_waits_for_expires_with_the_given_code() -> None:
    for cmd in (NEW, sent(), running()):
        ended = must(commands.expire(cmd, "ACTION_PREPARE_TIMEOUT", "late", T + 30.0))
        assert (outcome(ended), ended.completed_at) == (("EXPIRED", "ACTION_PREPARE_TIMEOUT"), T + 30.0)
        assert commands.expire(ended, "X", "", T + 31.0) is None


def test_hello_gives_a_finished_command_time_for_its_result() -> None:
    late = T + 5000.0
    held = commands.restart(running(), late, 90.0)
    [cmd] = reconcile([held], [], attempts(cmd_1=1), late + 5.0).changed
    assert commands.due(cmd, late + 64.9) is None
    assert must(commands.due(cmd, late + 65.0)).status is CommandStatus.EXPIRED


def test_hello_sends_again_what_never_arrived() -> None:
    [cmd] = reconcile([sent()], [], [], T + 1.0).changed
    assert commands.sendable([cmd], T + 1.0) == [cmd]
    assert sent(cmd, T + 1.0).attempt == 2


def test_hello_ends_what_was_lost_while_running() -> None:
    [cmd] = reconcile([running()], [], [], T + 1.0).changed
    assert outcome(cmd) == ("FAILED", "OUTCOME_UNKNOWN")
    [cmd] = reconcile([running(SAFE)], [], [], T + 1.0).changed
    assert sent(cmd, T + 1.0).attempt == 2
    [cmd] = reconcile([must(commands.request_cancel(running(SAFE), None, T))], [], [], T + 1.0).changed
    assert outcome(cmd) == ("CANCELLED", "CANCEL_UNCONFIRMED")


def test_hello_leaves_alone_what_was_not_sent() -> None:
    assert reconcile([NEW], [], [], T).changed == []


@pytest.mark.parametrize("known", [True, False])
def test_hello_stops_and_forgets_what_is_over_or_unknown(known: bool) -> None:
    done = [must(commands.finish(replace(NEW, id=key), None, True, None, None, T)) for key in ("a", "b")]
    found = reconcile(done if known else [], attempts(a=1), attempts(b=1), T)
    assert (found.stop, found.forget, found.changed) == (["a"], ["b"], [])


def test_hello_repeats_a_cancel_the_agent_may_not_have_heard() -> None:
    asked = must(commands.request_cancel(running(), None, T))
    found = reconcile([asked], attempts(cmd_1=1), [], T + 1.0)
    assert [cmd.id for cmd in found.cancel] == ["cmd_1"]
    assert reconcile([asked], [], attempts(cmd_1=1), T + 1.0).cancel == []


class AnySequence(RuleBasedStateMachine):
    """Any order of events, sensible or not: the promises of the module hold."""

    @initialize(safe=st.booleans(), ttl=st.sampled_from([None, 30.0, 300.0]))
    def start(self, safe: bool, ttl: float | None) -> None:
        expires = None if ttl is None else T + ttl
        self.now = T
        self.cmd = replace(NEW, retry_safe=safe, expires_at=expires)
        self.ran = False

    def take(self, after: Command | None) -> None:
        """Every change passes here."""
        before = self.cmd
        if after is None:
            return
        assert not before.finished, "a terminal command changed"
        assert after.attempt >= before.attempt
        assert after.attempt - before.attempt <= 1 or after.adopted is None
        if before.status is CommandStatus.RUNNING and after.status is CommandStatus.PENDING:
            assert before.retry_safe, "a command that ran and is not retrySafe would be sent again"
        self.ran |= after.status is CommandStatus.RUNNING
        self.cmd = after

    @rule()
    def send(self) -> None:
        ready = commands.sendable([self.cmd], self.now)
        after = commands.send(self.cmd, self.now)
        assert bool(ready) is (after is not None)
        if after is not None:
            assert self.cmd.retry_safe or not self.ran, "accepted, not retrySafe, and sent again"
            assert after.attempt == self.cmd.attempt + 1
        self.take(after)

    @rule()
    def claim(self) -> None:
        self.take(commands.claim(self.cmd, self.now))

    def known(self, attempt: int) -> bool:
        return attempt in (self.cmd.attempt, self.cmd.adopted)

    @rule(behind=st.integers(-1, 2))
    def accept(self, behind: int) -> None:
        after = commands.accept(self.cmd, self.cmd.attempt - behind, self.now)
        assert after is None or self.known(self.cmd.attempt - behind)
        self.take(after)

    @rule(behind=st.integers(-1, 2), retry=st.sampled_from([None, 5.0]))
    def reject(self, behind: int, retry: float | None) -> None:
        after = commands.reject(self.cmd, self.cmd.attempt - behind, "BUSY", "", retry, self.now)
        assert after is None or self.known(self.cmd.attempt - behind)
        self.take(after)

    @rule(behind=st.integers(-1, 2), success=st.booleans(), code=st.sampled_from([None, "CANCELLED"]))
    def finish(self, behind: int, success: bool, code: str | None) -> None:
        after = commands.finish(self.cmd, self.cmd.attempt - behind, success, code, None, self.now)
        assert (after is not None) is (self.known(self.cmd.attempt - behind) and not self.cmd.finished)
        self.take(after)

    @rule(behind=st.integers(-1, 2))
    def progress(self, behind: int) -> None:
        self.take(commands.progress(self.cmd, self.cmd.attempt - behind, 10.0, None, self.now))

    @rule()
    def renew(self) -> None:
        self.take(commands.renew(self.cmd, self.now))

    @precondition(lambda self: not self.cmd.finished)
    @rule()
    def cancel(self) -> None:
        self.take(commands.request_cancel(self.cmd, None, self.now))

    @rule(seconds=st.sampled_from([1.0, 10.0, 60.0, 200.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.take(commands.due(self.cmd, self.now))
        assert commands.due(self.cmd, self.now) is None, "not all that was due was done"

    @rule(seconds=st.sampled_from([0.0, 100.0]))
    def restart(self, seconds: float) -> None:
        """Memory is lost; what is stored is taken up."""
        self.now += seconds
        stored = replace(self.cmd, lease_until=None, not_before=None, hold_until=None, adopted=None)
        self.cmd = commands.restart(stored, self.now)

    @rule(where=st.sampled_from(["running", "finished", "nowhere"]), behind=st.integers(-1, 2))
    def hello(self, where: str, behind: int) -> None:
        held = attempts(cmd_1=self.cmd.attempt - behind)
        there = {"running": (held, []), "finished": ([], held), "nowhere": ([], [])}[where]
        found = reconcile([self.cmd], *there, self.now)
        assert (found.stop == ["cmd_1"]) is (self.cmd.finished and where == "running")
        assert (found.forget == ["cmd_1"]) is (self.cmd.finished and where == "finished")
        for cmd in found.changed:
            self.take(cmd)

    @invariant()
    def time_alone_changes_it_exactly_when_it_says(self) -> None:
        if not hasattr(self, "cmd"):
            return
        moment = commands.next_due(self.cmd)
        if moment is None:
            assert self.cmd.finished or (self.cmd.expires_at is None and not self.cmd.outstanding)
            return
        early = min(self.now, moment - 0.001)
        assert commands.due(self.cmd, early) is None
        assert commands.due(self.cmd, max(self.now, moment)) is not None

    def teardown(self) -> None:
        """Left alone it ends, or waits for its agent without a time limit."""
        if not hasattr(self, "cmd"):
            return
        cmd = self.cmd
        for _ in range(20):
            moment = commands.next_due(cmd)
            if moment is None:
                break
            cmd = must(commands.due(cmd, moment))
        assert cmd.finished or (cmd.expires_at is None and not cmd.outstanding)


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
