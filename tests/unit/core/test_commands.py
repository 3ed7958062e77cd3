"""The command machine: each step of ``docs/protocol.md``, Commands and Cancel."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.core.examples import NEW, SAFE, T, must, outcome, running, sent

from opstage.core import commands
from opstage.core.command import UNFINISHED, AlreadyCompleted, Command, CommandStatus
from opstage_agent.wire import MAX_ATTEMPTS


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


def test_what_is_taken_out_of_use_ends_its_commands_at_once() -> None:
    for waiting in (NEW, sent()):
        assert outcome(must(commands.withdraw(waiting, "retired", T + 1.0))) == ("CANCELLED", None)
    asked = must(commands.request_cancel(running(), "no", T))
    for cmd in (running(), must(commands.claim(NEW, T)), asked):
        ended = must(commands.withdraw(cmd, "retired", T + 1.0))
        assert outcome(ended) == ("CANCELLED", "CANCEL_UNCONFIRMED")
        assert ended.completed_at == T + 1.0
    assert must(commands.withdraw(asked, "retired", T + 1.0)).cancel_reason == "no"
    assert must(commands.withdraw(sent(), "retired", T + 1.0)).cancel_reason == "retired"
    done = must(commands.finish(NEW, None, True, None, None, T))
    assert commands.withdraw(done, "retired", T) is None


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


@given(cmd=st.sampled_from([NEW, SAFE]), data=st.data())
def test_a_terminal_command_never_changes(cmd: Command, data: Any) -> None:
    status = data.draw(st.sampled_from([s for s in CommandStatus if s not in UNFINISHED]))
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
