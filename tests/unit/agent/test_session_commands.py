"""Commands on the agent's side: nothing runs twice, no result is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.agent.driving import NOW, Driver, command

from opstage_agent import wire
from opstage_agent.desk import Outcome
from opstage_agent.times import iso
from opstage_agent.wire import CommandKind


def connected(journal_file: Path | None = None, slots: int = 2) -> Driver:
    driver = Driver(journal_file, slots=slots)
    driver.connect()
    driver.clear()
    return driver


def after_crash(journal_file: Path, *commands: wire.Command) -> Driver:
    """A process that took these commands and died, then a new one on the same journal."""
    first = connected(journal_file)
    for frame in commands:
        first.receive(frame)
    assert len(first.started()) == len(commands)
    first.journal.close()
    return connected(journal_file)


def test_a_command_is_journalled_accepted_and_started() -> None:
    driver = connected()
    driver.receive(command())
    assert driver.started() == [("cmd_1", 1)]
    assert driver.sent(wire.Accept) == [wire.Accept(command_id="cmd_1", attempt=1)]
    assert driver.session.running == ["cmd_1"]


def test_a_repeated_running_command_is_accepted_again_and_not_run_again() -> None:
    driver = connected()
    driver.receive(command())
    driver.receive(command())
    assert driver.started() == [("cmd_1", 1)]
    assert [accept.attempt for accept in driver.sent(wire.Accept)] == [1, 1]


def test_a_higher_attempt_of_a_running_command_is_adopted() -> None:
    driver = connected()
    driver.receive(command())
    driver.receive(command(attempt=2))
    driver.do(driver.session.progress("cmd_1", 50, None, driver.now))
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    assert driver.started() == [("cmd_1", 1)]
    assert [accept.attempt for accept in driver.sent(wire.Accept)] == [1, 2]
    assert [progress.attempt for progress in driver.sent(wire.Progress)] == [2]
    assert [result.attempt for result in driver.sent(wire.Result)] == [2]


def test_a_lower_attempt_is_ignored() -> None:
    driver = connected()
    driver.receive(command(attempt=3))
    driver.clear()
    driver.receive(command(attempt=2))
    assert driver.effects == []


def test_the_same_id_with_other_content_is_rejected() -> None:
    driver = connected()
    driver.receive(command())
    driver.receive(command(attempt=2, payload={"amount": 500}))
    assert driver.started() == [("cmd_1", 1)]
    assert [reject.code for reject in driver.sent(wire.Reject)] == ["COMMAND_MISMATCH"]


def test_a_repeated_finished_command_sends_its_result_again_under_the_new_attempt() -> None:
    driver = connected()
    driver.receive(command())
    driver.do(driver.session.finished("cmd_1", Outcome(True, data={"n": 1}), driver.now))
    driver.receive(command(attempt=2))
    assert driver.started() == [("cmd_1", 1)]
    assert [(r.attempt, r.data) for r in driver.sent(wire.Result)] == [(1, {"n": 1}), (2, {"n": 1})]


def test_a_repeat_after_stored_is_answered_too() -> None:
    driver = connected()
    driver.receive(command())
    driver.do(driver.session.finished("cmd_1", Outcome(True, data={"n": 1}), driver.now))
    driver.receive(wire.Stored(command_id="cmd_1", attempt=1))
    driver.clear()
    driver.receive(command(attempt=2))
    assert driver.started() == []
    assert [(r.attempt, r.data) for r in driver.sent(wire.Result)] == [(2, {"n": 1})]


def test_a_result_is_repeated_until_stored() -> None:
    driver = connected()
    driver.receive(command())
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    driver.wait(65)
    assert len(driver.sent(wire.Result)) == 3
    driver.receive(wire.Stored(command_id="cmd_1", attempt=1))
    driver.clear()
    driver.wait(120)
    assert driver.sent(wire.Result) == []


def test_stored_for_an_old_attempt_does_not_settle_the_newest() -> None:
    driver = connected()
    driver.receive(command())
    driver.receive(command(attempt=2))
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    driver.receive(wire.Stored(command_id="cmd_1", attempt=1))
    assert driver.journal.unstored() == [wire.Attempt(command_id="cmd_1", attempt=2)]


def test_welcome_forgets_what_the_server_holds_and_the_rest_is_sent_again() -> None:
    driver = connected()
    for number in (1, 2):
        driver.receive(command(f"cmd_{number}"))
        driver.do(driver.session.finished(f"cmd_{number}", Outcome(True), driver.now))
    driver.disconnect()
    driver.clear()
    driver.connect(forget=["cmd_1", "cmd_unknown"])
    assert [result.command_id for result in driver.sent(wire.Result)] == ["cmd_2"]


def test_welcome_stops_runs_that_are_not_wanted_any_more() -> None:
    driver = connected()
    driver.receive(command())
    driver.disconnect()
    driver.connect(stop=["cmd_1", "cmd_unknown"])
    assert driver.stopped() == ["cmd_1"]


def test_commands_wait_for_a_slot_and_start_in_order() -> None:
    driver = connected(slots=1)
    for number in range(3):
        driver.receive(command(f"cmd_{number}"))
    assert driver.started() == [("cmd_0", 1)]
    assert driver.session.free_slots() == 0
    driver.do(driver.session.finished("cmd_0", Outcome(True), driver.now))
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    assert driver.started() == [("cmd_0", 1), ("cmd_1", 1), ("cmd_2", 1)]


def test_a_waiting_command_starts_under_its_newest_attempt() -> None:
    driver = connected(slots=1)
    driver.receive(command("cmd_0"))
    driver.receive(command("cmd_1"))
    driver.receive(command("cmd_1", attempt=2))
    driver.receive(command("cmd_1", attempt=1))
    driver.do(driver.session.finished("cmd_0", Outcome(True), driver.now))
    assert driver.started() == [("cmd_0", 1), ("cmd_1", 2)]


def test_a_full_queue_rejects_with_a_time_to_come_back() -> None:
    driver = connected(slots=1)
    for number in range(18):
        driver.receive(command(f"cmd_{number}"))
    assert [(r.command_id, r.code) for r in driver.sent(wire.Reject)] == [("cmd_17", "AGENT_BUSY")]
    assert driver.sent(wire.Reject)[0].retry_after_seconds == 5.0


def test_a_form_opens_while_all_slots_are_busy() -> None:
    driver = connected(slots=1)
    driver.receive(command("cmd_0"))
    driver.receive(command("cmd_1", kind=CommandKind.ACTION_PREPARE))
    assert driver.started() == [("cmd_0", 1), ("cmd_1", 1)]


def test_waiting_commands_are_forgotten_with_the_connection() -> None:
    driver = connected(slots=1)
    driver.receive(command("cmd_0"))
    driver.receive(command("cmd_1"))
    driver.disconnect()
    driver.do(driver.session.finished("cmd_0", Outcome(True), driver.now))
    assert driver.started() == [("cmd_0", 1)]
    driver.connect()
    driver.receive(command("cmd_1", attempt=2))
    assert driver.started() == [("cmd_0", 1), ("cmd_1", 2)]


def test_an_expired_command_is_not_started_by_the_servers_clock() -> None:
    driver = Driver()
    driver.connect(server_time=iso(NOW + 3600))
    driver.clear()
    driver.receive(command("cmd_late", expires_at=iso(NOW + 3599)))
    driver.receive(command("cmd_good", expires_at=iso(NOW + 3601)))
    assert driver.started() == [("cmd_good", 1)]
    assert [(r.command_id, r.code) for r in driver.sent(wire.Reject)] == [("cmd_late", "COMMAND_EXPIRED")]


def test_a_command_that_expires_while_it_waits_is_refused() -> None:
    driver = Driver(slots=1)
    driver.connect(server_time=iso(NOW))
    driver.receive(command("cmd_0"))
    driver.receive(command("cmd_1", expires_at=iso(NOW + 15)))
    driver.wait(40)
    assert [(r.command_id, r.code) for r in driver.sent(wire.Reject)] == [("cmd_1", "COMMAND_EXPIRED")]
    driver.do(driver.session.finished("cmd_0", Outcome(True), driver.now))
    assert driver.started() == [("cmd_0", 1)]


def test_cancel_of_a_running_command_stops_its_handler() -> None:
    driver = connected()
    driver.receive(command())
    driver.receive(wire.Cancel(command_id="cmd_1", attempt=1, reason="not needed"))
    assert driver.stopped() == ["cmd_1"]
    assert driver.sent(wire.Result) == []


def test_cancel_of_a_waiting_command_ends_it_for_good() -> None:
    driver = connected(slots=1)
    driver.receive(command("cmd_0"))
    driver.receive(command("cmd_1"))
    driver.receive(wire.Cancel(command_id="cmd_1", attempt=1))
    (result,) = driver.sent(wire.Result)
    assert result.error is not None
    assert (result.command_id, result.error.code) == ("cmd_1", "CANCELLED")
    driver.receive(command("cmd_1", attempt=2))
    driver.do(driver.session.finished("cmd_0", Outcome(True), driver.now))
    assert driver.started() == [("cmd_0", 1)]


def test_cancel_of_a_finished_command_sends_its_result() -> None:
    driver = connected()
    driver.receive(command())
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    driver.clear()
    driver.receive(wire.Cancel(command_id="cmd_1", attempt=1))
    assert [result.success for result in driver.sent(wire.Result)] == [True]


def test_cancel_of_an_unknown_command_is_ignored() -> None:
    driver = connected()
    assert driver.receive(wire.Cancel(command_id="cmd_x", attempt=1)) == []


def test_after_a_crash_hello_does_not_claim_what_died(tmp_path: Path) -> None:
    driver = after_crash(tmp_path / "journal.db", command())
    driver.disconnect()
    driver.do(driver.session.opened(driver.now))
    (hello,) = driver.sent(wire.Hello)
    assert (hello.running, hello.finished) == ([], [])


@pytest.mark.parametrize("attempt", [1, 2])
def test_after_a_crash_a_command_that_must_not_run_twice_is_called_unknown(
    tmp_path: Path, attempt: int
) -> None:
    driver = after_crash(tmp_path / "journal.db", command())
    driver.receive(command(attempt=attempt))
    assert driver.started() == []
    (result,) = driver.sent(wire.Result)
    assert result.error is not None
    assert (result.attempt, result.error.code) == (attempt, "OUTCOME_UNKNOWN")


def test_after_a_crash_a_retry_safe_command_runs_again_under_a_new_attempt_only(tmp_path: Path) -> None:
    driver = after_crash(tmp_path / "journal.db", command(action="look"))
    driver.receive(command(action="look"))
    assert driver.started() == []
    driver.receive(command(action="look", attempt=2))
    assert driver.started() == [("cmd_1", 2)]


def test_after_a_crash_a_prepare_runs_again(tmp_path: Path) -> None:
    driver = after_crash(tmp_path / "journal.db", command(kind=CommandKind.ACTION_PREPARE))
    driver.receive(command(kind=CommandKind.ACTION_PREPARE, attempt=2))
    assert driver.started() == [("cmd_1", 2)]


def test_results_survive_a_crash(tmp_path: Path) -> None:
    first = connected(tmp_path / "journal.db")
    first.receive(command())
    first.do(first.session.finished("cmd_1", Outcome(True, data={"n": 1}), first.now))
    first.journal.close()
    second = Driver(tmp_path / "journal.db")
    second.connect()
    assert [result.data for result in second.sent(wire.Result)] == [{"n": 1}]


def test_where_hello_tells_nothing_lost_commands_are_given_up(tmp_path: Path) -> None:
    driver = after_crash(tmp_path / "journal.db", command("cmd_1"), command("cmd_2"))
    driver.do(driver.session.give_up_lost(driver.now))
    codes = [(r.command_id, r.error and r.error.code) for r in driver.sent(wire.Result)]
    assert codes == [("cmd_1", "OUTCOME_UNKNOWN"), ("cmd_2", "OUTCOME_UNKNOWN")]


def test_a_journal_that_cannot_be_written_lets_nothing_run(tmp_path: Path) -> None:
    driver = connected(tmp_path / "journal.db")
    driver.journal.close()
    driver.receive(command())
    assert driver.started() == []
    (reject,) = driver.sent(wire.Reject)
    assert (reject.code, reject.retry_after_seconds) == ("JOURNAL_UNAVAILABLE", 30.0)


def test_what_a_run_says_after_its_end_is_ignored() -> None:
    driver = connected()
    driver.receive(command())
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    driver.clear()
    driver.do(driver.session.progress("cmd_1", 1, None, driver.now))
    driver.do(driver.session.output("cmd_1", [], driver.now))
    driver.do(driver.session.finished("cmd_1", Outcome(False), driver.now))
    assert driver.effects == []
