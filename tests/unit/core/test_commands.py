"""The command machine: each step of live.md Commands and Cancel, and what holds for every sequence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from opstage.core import commands
from opstage.core.commands import AlreadyCompleted, Command, CommandStatus
from opstage_agent.wire import MAX_ATTEMPTS, Attempt, CommandKind

T = 1000.0
NEW = Command(
    id="cmd_1",
    agent_id="agt_1",
    service_id="svc_1",
    service_code="links",
    kind=CommandKind.ACTION_EXECUTE,
    action_name="checkNow",
    created_at=T,
    expires_at=T + 300.0,
    timeout_seconds=100.0,
)
SAFE = replace(NEW, retry_safe=True)


def must(cmd: Command | None) -> Command:
    assert cmd is not None
    return cmd


def sent(cmd: Command = NEW, now: float = T) -> Command:
    return must(commands.send(cmd, now))


def running(cmd: Command = NEW, now: float = T) -> Command:
    cmd = sent(cmd, now)
    return must(commands.accept(cmd, cmd.attempt, now))


def outcome(cmd: Command) -> tuple[str, str | None]:
    return cmd.status, cmd.error_code


def test_sending_raises_the_attempt_and_sets_a_lease() -> None:
    cmd = sent()
    assert (cmd.attempt, cmd.lease_until, cmd.sent, cmd.outstanding) == (1, T + 60.0, True, True)
    assert commands.send(cmd, T) is None


def test_accept_makes_it_run() -> None:
    cmd = must(commands.accept(sent(), 1, T + 2.0))
    assert (cmd.status, cmd.started_at, cmd.lease_until) == (CommandStatus.RUNNING, T + 2.0, T + 62.0)


def test_an_accept_of_another_attempt_changes_nothing() -> None:
    assert commands.accept(sent(), 2, T) is None
    assert commands.accept(sent(), 0, T) is None


def test_a_repeated_accept_only_renews_the_lease() -> None:
    assert commands.accept(running(), 1, T + 5.0) == replace(running(), lease_until=T + 65.0)


def test_a_lease_that_ends_before_accept_sends_the_next_attempt() -> None:
    withdrawn = must(commands.due(sent(), T + 60.0))
    assert commands.due(sent(), T + 59.9) is None
    assert (withdrawn.status, withdrawn.sent, withdrawn.attempt) == (CommandStatus.PENDING, False, 1)
    assert sent(withdrawn, T + 60.0).attempt == 2


def test_a_lease_that_ends_while_running_leaves_the_outcome_unknown() -> None:
    cmd = must(commands.due(running(), T + 60.0))
    assert outcome(cmd) == ("FAILED", "OUTCOME_UNKNOWN")
    assert cmd.completed_at == T + 60.0


def test_a_retry_safe_command_is_sent_at_most_three_times() -> None:
    cmd, now = SAFE, T
    for attempt in range(1, MAX_ATTEMPTS + 1):
        cmd = running(cmd, now)
        assert cmd.attempt == attempt
        now += 60.0
        cmd = must(commands.due(cmd, now))
    assert outcome(cmd) == ("FAILED", "OUTCOME_UNKNOWN")


def test_a_retry_safe_command_whose_wait_is_over_is_not_sent_again() -> None:
    cmd = running(replace(SAFE, expires_at=T + 30.0))
    assert outcome(must(commands.due(cmd, T + 60.0))) == ("EXPIRED", "COMMAND_EXPIRED")


def test_progress_and_heartbeats_renew_the_lease() -> None:
    told = must(commands.progress(running(), 1, 40.0, "half", T + 30.0))
    assert (told.percent, told.progress_message, told.lease_until) == (40.0, "half", T + 90.0)
    told = must(commands.progress(told, 1, None, "more", T + 31.0))
    assert (told.percent, told.progress_message) == (40.0, "more")
    assert must(commands.renew(told, T + 50.0)).lease_until == T + 110.0


def test_progress_of_another_attempt_changes_nothing() -> None:
    assert commands.progress(running(), 2, 40.0, None, T) is None
    assert commands.progress(sent(), 1, 40.0, None, T) is None


def test_a_wait_that_is_too_long_expires() -> None:
    for cmd in (NEW, must(commands.renew(sent(NEW, T), T + 290.0))):
        assert commands.due(cmd, T + 299.9) is None
        ended = must(commands.due(cmd, T + 300.0))
        assert outcome(ended) == ("EXPIRED", "COMMAND_EXPIRED")
        assert ended.error_message == "Command expired before completion."


def test_a_run_that_is_too_long_expires_after_its_timeout_and_some_grace() -> None:
    cmd = must(commands.renew(running(), T + 120.0))
    assert commands.due(cmd, T + 129.9) is None
    assert outcome(must(commands.due(cmd, T + 130.0))) == ("EXPIRED", "COMMAND_EXPIRED")


def test_a_run_without_timeout_is_bounded_too() -> None:
    cmd = must(commands.renew(running(replace(NEW, timeout_seconds=None)), T + 4000.0))
    assert commands.due(cmd, T + 3629.0) is None
    assert must(commands.due(cmd, T + 3630.0)).status is CommandStatus.EXPIRED


def test_the_expiry_of_the_wait_does_not_end_a_run() -> None:
    cmd = must(commands.renew(running(replace(NEW, timeout_seconds=1000.0)), T + 290.0))
    assert commands.due(cmd, T + 300.0) is None


def test_a_result_ends_it() -> None:
    done = must(commands.finish(running(), 1, True, None, None, T + 5.0))
    assert (done.status, done.completed_at, done.lease_until) == (CommandStatus.SUCCEEDED, T + 5.0, None)
    failed = must(commands.finish(running(), 1, False, "NO_DISK", "full", T + 5.0))
    assert (failed.status, failed.error_code, failed.error_message) == ("FAILED", "NO_DISK", "full")


def test_a_failure_without_code_is_action_failed_and_long_reasons_are_cut() -> None:
    assert must(commands.finish(running(), 1, False, None, None, T)).error_code == "ACTION_FAILED"
    long = must(commands.finish(running(), 1, False, "C" * 99, "m" * 999, T))
    assert (len(long.error_code or ""), len(long.error_message or "")) == (80, 500)


def test_a_result_by_rest_needs_no_attempt_and_no_accept() -> None:
    assert must(commands.finish(NEW, None, True, None, None, T)).status is CommandStatus.SUCCEEDED
    assert must(commands.finish(running(), None, True, None, None, T)).status is CommandStatus.SUCCEEDED


def test_a_result_of_an_old_attempt_changes_nothing() -> None:
    again = sent(must(commands.due(sent(), T + 60.0)), T + 60.0)
    assert commands.finish(again, 1, True, None, None, T + 61.0) is None


def test_a_result_of_a_withdrawn_attempt_still_counts() -> None:
    withdrawn = must(commands.due(sent(), T + 60.0))
    assert must(commands.finish(withdrawn, 1, True, None, None, T + 61.0)).status is CommandStatus.SUCCEEDED


def test_a_rejection_fails_it() -> None:
    cmd = must(commands.reject(sent(), 1, "COMMAND_EXPIRED", "too late", None, T))
    assert outcome(cmd) == ("FAILED", "COMMAND_EXPIRED")


def test_a_rejection_for_now_sends_it_again_later() -> None:
    later = must(commands.reject(sent(), 1, "AGENT_BUSY", "busy", 5.0, T))
    assert commands.sendable([later], T + 4.9) == []
    assert commands.next_due(later) == T + 5.0
    ready = must(commands.due(later, T + 5.0))
    assert commands.sendable([ready], T + 5.0) == [ready]
    assert sent(ready, T + 5.0).attempt == 2


def test_what_ran_is_not_sent_again_because_of_a_late_rejection() -> None:
    assert outcome(must(commands.reject(running(), 1, "BUSY", "", 5.0, T))) == ("FAILED", "BUSY")


def test_cancelling_what_waits_is_at_once() -> None:
    for cmd in (NEW, sent()):
        assert must(commands.request_cancel(cmd, "no", T)).status is CommandStatus.CANCELLED


def test_cancelling_what_runs_asks_the_agent_and_waits_ten_seconds() -> None:
    asked = must(commands.request_cancel(running(), "no", T + 1.0))
    assert (asked.status, asked.cancel_reason) == (CommandStatus.RUNNING, "no")
    assert commands.request_cancel(asked, "again", T + 2.0) is None
    assert commands.due(asked, T + 10.9) is None
    assert outcome(must(commands.due(asked, T + 11.0))) == ("CANCELLED", "CANCEL_UNCONFIRMED")


def test_a_confirmed_cancel_is_cancelled_and_an_unasked_one_is_a_failure() -> None:
    asked = must(commands.request_cancel(running(), None, T))
    assert must(commands.finish(asked, 1, False, "CANCELLED", "", T)).status is CommandStatus.CANCELLED
    assert must(commands.finish(running(), 1, False, "CANCELLED", "", T)).status is CommandStatus.FAILED


def test_a_result_that_comes_before_the_cancel_wins() -> None:
    asked = must(commands.request_cancel(running(), None, T))
    assert must(commands.finish(asked, 1, True, None, None, T)).status is CommandStatus.SUCCEEDED
    failed = must(commands.finish(asked, 1, False, "NO_DISK", "", T))
    assert outcome(failed) == ("FAILED", "NO_DISK")


def test_cancelling_what_a_poll_claimed_is_at_once_since_nobody_can_be_asked() -> None:
    claimed = must(commands.claim(NEW, T))
    assert must(commands.request_cancel(claimed, None, T)).status is CommandStatus.CANCELLED


def test_cancelling_what_is_over_is_refused() -> None:
    done = must(commands.finish(NEW, None, True, None, None, T))
    with pytest.raises(AlreadyCompleted, match="this one is SUCCEEDED"):
        commands.request_cancel(done, None, T)


def test_a_claim_runs_without_lease_until_the_run_limit() -> None:
    claimed = must(commands.claim(NEW, T))
    assert (claimed.status, claimed.attempt, claimed.started_at) == (CommandStatus.RUNNING, 1, T)
    assert claimed.claimed
    assert commands.next_due(claimed) == T + 130.0
    assert commands.claim(claimed, T) is None


def test_what_was_sent_or_has_expired_cannot_be_claimed_or_sent() -> None:
    assert commands.claim(sent(), T) is None
    assert commands.claim(NEW, T + 300.0) is None
    assert commands.send(NEW, T + 300.0) is None


def test_the_oldest_are_sent_first_and_no_more_than_fit() -> None:
    flying = [replace(sent(), id=f"cmd_f{n}") for n in range(3)]
    waiting = [replace(NEW, id=f"cmd_{n}", created_at=T - n) for n in range(4)]
    chosen = commands.sendable([*flying, *waiting], T, in_flight_limit=5)
    assert [cmd.id for cmd in chosen] == ["cmd_3", "cmd_2"]
    assert commands.sendable([*flying, *waiting], T, in_flight_limit=2) == []


def test_of_the_same_age_the_smaller_id_goes_first() -> None:
    waiting = [replace(NEW, id=key) for key in ("cmd_b", "cmd_a")]
    assert [cmd.id for cmd in commands.sendable(waiting, T)] == ["cmd_a", "cmd_b"]


def test_after_a_server_start_nothing_outstanding_ends_before_the_grace_does() -> None:
    late = T + 5000.0
    for cmd in (sent(), running(), must(commands.request_cancel(running(), None, T))):
        taken_up = commands.restart(cmd, late, 90.0)
        assert commands.due(taken_up, late + 89.9) is None
        assert commands.next_due(taken_up) == late + 90.0
        assert must(commands.due(taken_up, late + 90.0)).finished
    assert commands.restart(NEW, late, 90.0) == NEW


def test_a_claimed_command_keeps_no_lease_over_a_server_start() -> None:
    claimed = commands.restart(must(commands.claim(NEW, T)), T + 1.0, 90.0)
    assert claimed.lease_until is None
    assert commands.next_due(claimed) == T + 130.0


def test_a_lease_spans_two_heartbeats_of_a_big_fleet() -> None:
    assert commands.lease_seconds(15.0) == 60.0
    assert commands.lease_seconds(50.0) == 125.0


def attempts(**held: int) -> list[Attempt]:
    return [Attempt(command_id=key, attempt=attempt) for key, attempt in held.items()]


def test_hello_adopts_what_the_agent_runs() -> None:
    found = commands.reconcile([sent()], attempts(cmd_1=1), [], T + 9.0)
    [cmd] = found.changed
    assert (cmd.status, cmd.started_at, cmd.lease_until) == (CommandStatus.RUNNING, T + 9.0, T + 69.0)
    assert (found.forget, found.stop, found.cancel) == ([], [], [])


def test_hello_adopts_an_older_attempt_whose_result_then_counts() -> None:
    again = sent(must(commands.due(sent(), T + 60.0)), T + 60.0)
    for kind in ("running", "finished"):
        held = attempts(cmd_1=1)
        there = (held, []) if kind == "running" else ([], held)
        [cmd] = commands.reconcile([again], *there, T + 61.0).changed
        assert (cmd.attempt, cmd.held_attempt) == (2, 1)
        assert commands.send(cmd, T + 61.0) is None
        assert must(commands.finish(cmd, 1, True, None, None, T + 62.0)).status is CommandStatus.SUCCEEDED
        assert commands.finish(cmd, 3, True, None, None, T + 62.0) is None


def test_an_agent_that_turned_to_the_newest_attempt_is_heard_under_both() -> None:
    again = sent(must(commands.due(sent(), T + 60.0)), T + 60.0)
    [cmd] = commands.reconcile([again], attempts(cmd_1=1), [], T + 61.0).changed
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
    [cmd] = commands.reconcile([held], [], attempts(cmd_1=1), late + 5.0).changed
    assert commands.due(cmd, late + 64.9) is None
    assert must(commands.due(cmd, late + 65.0)).status is CommandStatus.EXPIRED


def test_hello_sends_again_what_never_arrived() -> None:
    [cmd] = commands.reconcile([sent()], [], [], T + 1.0).changed
    assert commands.sendable([cmd], T + 1.0) == [cmd]
    assert sent(cmd, T + 1.0).attempt == 2


def test_hello_ends_what_was_lost_while_running() -> None:
    [cmd] = commands.reconcile([running()], [], [], T + 1.0).changed
    assert outcome(cmd) == ("FAILED", "OUTCOME_UNKNOWN")
    [cmd] = commands.reconcile([running(SAFE)], [], [], T + 1.0).changed
    assert sent(cmd, T + 1.0).attempt == 2
    [cmd] = commands.reconcile(
        [must(commands.request_cancel(running(SAFE), None, T))], [], [], T + 1.0
    ).changed
    assert outcome(cmd) == ("CANCELLED", "CANCEL_UNCONFIRMED")


def test_hello_leaves_alone_what_was_not_sent() -> None:
    assert commands.reconcile([NEW], [], [], T).changed == []


@pytest.mark.parametrize("known", [True, False])
def test_hello_stops_and_forgets_what_is_over_or_unknown(known: bool) -> None:
    done = [must(commands.finish(replace(NEW, id=key), None, True, None, None, T)) for key in ("a", "b")]
    found = commands.reconcile(done if known else [], attempts(a=1), attempts(b=1), T)
    assert (found.stop, found.forget, found.changed) == (["a"], ["b"], [])


def test_hello_repeats_a_cancel_the_agent_may_not_have_heard() -> None:
    asked = must(commands.request_cancel(running(), None, T))
    found = commands.reconcile([asked], attempts(cmd_1=1), [], T + 1.0)
    assert [cmd.id for cmd in found.cancel] == ["cmd_1"]
    assert commands.reconcile([asked], [], attempts(cmd_1=1), T + 1.0).cancel == []


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
        found = commands.reconcile([self.cmd], *there, self.now)
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


@given(cmd=st.sampled_from([NEW, SAFE]), data=st.data())
def test_a_terminal_command_never_changes(cmd: Command, data: Any) -> None:
    status = data.draw(st.sampled_from([s for s in CommandStatus if s not in commands.UNFINISHED]))
    done = replace(running(cmd), status=status, completed_at=T)
    assert commands.send(done, T) is None
    assert commands.claim(done, T) is None
    assert commands.accept(done, 1, T) is None
    assert commands.reject(done, 1, "X", "", None, T) is None
    assert commands.renew(done, T) is None
    assert commands.progress(done, 1, 1.0, None, T) is None
    assert commands.finish(done, None, True, None, None, T) is None
    assert commands.due(done, T + 9e9) is None
    assert commands.next_due(done) is None
    assert commands.restart(done, T) == done
