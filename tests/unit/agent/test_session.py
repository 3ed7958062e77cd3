"""The agent's side of the channel: hello, heartbeats, reports, limits, bad frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.agent.driving import Driver, command, service

from opstage_agent import wire
from opstage_agent.catalogue import Catalogue
from opstage_agent.desk import Outcome
from opstage_agent.effects import Close, Evaluate, ServerLeaving, Upload, Welcomed
from opstage_agent.wire import CloseCode, HealthInput, HealthStatus, OutputLine, OutputStream

UP = HealthInput(status=HealthStatus.UP)
DOWN = HealthInput(status=HealthStatus.DOWN, message="no disk")


def line(text: str) -> OutputLine:
    return OutputLine(stream=OutputStream.STDOUT, text=text)


def test_hello_is_first_and_complete() -> None:
    driver = Driver()
    driver.do(driver.session.opened(driver.now))
    (hello,) = driver.frames()
    assert isinstance(hello, wire.Hello)
    assert (hello.instance, hello.hostname) == ("instance", "box")
    assert [s.code for s in hello.services] == ["shop"]
    assert hello.running == hello.finished == []


def test_hello_names_what_runs_and_what_is_finished() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command("cmd_run"))
    driver.receive(command("cmd_end"))
    driver.disconnect()
    driver.session.finished("cmd_end", Outcome(True), driver.now)
    driver.clear()
    driver.do(driver.session.opened(driver.now))
    (hello,) = driver.sent(wire.Hello)
    assert hello.running == [wire.Attempt(command_id="cmd_run", attempt=1)]
    assert hello.finished == [wire.Attempt(command_id="cmd_end", attempt=1)]


def test_a_server_that_does_not_welcome_is_left() -> None:
    driver = Driver()
    driver.do(driver.session.opened(driver.now))
    driver.wait(14.9)
    assert not [e for e in driver.effects if isinstance(e, Close)]
    driver.do(driver.session.tick(driver.now + 0.1))
    assert isinstance(driver.effects[-1], Close)


def test_welcome_is_told_to_the_pump_with_the_service_ids() -> None:
    driver = Driver()
    driver.connect()
    assert Welcomed("agt_1", "con_1") in driver.effects
    assert driver.session.service_ids == {"shop": "svc_1"}
    assert driver.session.welcomed
    driver.disconnect()
    assert not driver.session.welcomed
    assert driver.session.deadline() is None


@pytest.mark.parametrize(
    ("chance", "first", "second"), [(0.1, 2.0, 20.4), (0.5, 10.0, 30.0), (1.0, 20.0, 42.0)]
)
def test_heartbeats_are_spread_over_the_interval(chance: float, first: float, second: float) -> None:
    driver = Driver(chance=chance)
    driver.connect(heartbeat_seconds=20.0)
    began = driver.now
    beats: list[float] = []
    while len(beats) < 2:
        deadline = driver.session.deadline()
        assert deadline is not None
        driver.now = max(driver.now, deadline)
        driver.clear()
        driver.do(driver.session.tick(driver.now))
        beats += [driver.now - began] * len(driver.sent(wire.Heartbeat))
    assert beats == pytest.approx([first, second], abs=0.01)


def test_a_heartbeat_names_what_runs_and_asks_for_a_new_look() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.clear()
    driver.wait(10)
    (beat,) = driver.sent(wire.Heartbeat)
    assert beat.running == ["cmd_1"]
    assert Evaluate() in driver.effects


def test_sequence_counts_heartbeats_and_reports_together_and_starts_anew() -> None:
    driver = Driver()
    driver.connect()
    driver.wait(10)
    driver.do(driver.session.update([service(version="2")], driver.now))
    driver.wait(20)
    numbered = [f.seq for f in driver.frames() if isinstance(f, wire.Heartbeat | wire.Report)]
    assert numbered == [1, 2, 3]
    driver.disconnect()
    driver.connect()
    driver.clear()
    driver.wait(10)
    assert [beat.seq for beat in driver.sent(wire.Heartbeat)] == [1]


def test_changed_health_travels_at_once_and_only_once() -> None:
    driver = Driver()
    driver.connect()
    driver.clear()
    driver.do(driver.session.update([service(health=DOWN)], driver.now))
    (beat,) = driver.sent(wire.Heartbeat)
    assert beat.health == {"shop": DOWN}
    driver.clear()
    driver.do(driver.session.update([service(health=DOWN)], driver.now))
    assert driver.frames() == []
    driver.wait(10)
    assert [beat.health for beat in driver.sent(wire.Heartbeat)] == [None]


def test_a_changed_catalogue_is_reported_and_a_retired_service_named() -> None:
    driver = Driver()
    driver.connect()
    driver.clear()
    driver.do(driver.session.update([service(version="2", health=UP), service("other")], driver.now))
    (report,) = driver.sent(wire.Report)
    assert [(s.code, s.version, s.health) for s in report.services] == [
        ("shop", "2", UP),
        ("other", None, None),
    ]
    driver.clear()
    driver.do(driver.session.update([service(version="2", health=UP)], driver.now))
    (report,) = driver.sent(wire.Report)
    assert (report.services, report.retired) == ([], ["other"])


def test_want_is_answered_with_a_complete_report() -> None:
    driver = Driver()
    driver.connect()
    driver.clear()
    driver.receive(wire.Want())
    (report,) = driver.sent(wire.Report)
    assert report.services == [service()]
    driver.clear()
    driver.do(driver.session.tick(driver.now))
    assert driver.sent(wire.Report) == []


def test_large_reports_are_split_into_frames_that_fit() -> None:
    driver = Driver()
    driver.connect()
    driver.clear()
    big = [service(f"s{n}", description="x" * 90_000) for n in range(4)]
    driver.do(driver.session.update(big, driver.now))
    reports = driver.sent(wire.Report)
    assert [s.code for report in reports for s in report.services] == ["s0", "s1", "s2", "s3"]
    assert max(len(wire.encode(report)) for report in reports) < wire.AGENT_FRAME_BYTES
    assert [report.retired for report in reports] == [["shop"], None, None, None]


@pytest.mark.parametrize(
    ("text", "code", "about"),
    [
        ('{"type":"teleport"}', "UNKNOWN_TYPE", "teleport"),
        ('{"type":"command","commandId":7}', "MALFORMED", "command"),
        ("nonsense", "MALFORMED", None),
        ("[]", "MALFORMED", None),
        ('{"type":1}', "MALFORMED", None),
        (b"\xff\xfe", "MALFORMED", None),
    ],
)
def test_what_cannot_be_used_is_answered_and_the_session_goes_on(
    text: str | bytes, code: str, about: str | None
) -> None:
    driver = Driver()
    driver.connect()
    driver.clear()
    driver.receive(text)
    (error,) = driver.sent(wire.ErrorFrame)
    assert (error.code, error.about) == (code, about)
    driver.receive(command())
    assert driver.started() == [("cmd_1", 1)]


def test_the_servers_bye_is_told_to_the_pump() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(wire.ServerBye(code=CloseCode.DRAINING, message="restart", retry_after_seconds=7))
    assert driver.effects[-1] == ServerLeaving(4002, "restart", 7)


def test_leaving_says_bye_last_and_turns_new_commands_away() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.session.finished("cmd_1", Outcome(True), driver.now)
    driver.do(driver.session.leaving("done", driver.now))
    assert driver.frames()[-1] == wire.AgentBye(reason="done")
    driver.receive(command("cmd_2"))
    (reject,) = driver.sent(wire.Reject)
    assert (reject.code, reject.retry_after_seconds) == ("AGENT_STOPPING", 5.0)


def test_leaving_without_a_connection_sends_nothing() -> None:
    driver = Driver()
    assert driver.session.leaving("done", driver.now) == []


def test_a_loud_run_does_not_silence_the_others() -> None:
    driver = Driver(slots=3)
    driver.connect(limits=wire.Limits(messages_per_second=4))
    for number in range(3):
        driver.receive(command(f"cmd_{number}"))
    driver.wait(1)
    driver.clear()
    for step in range(400):
        for number in range(3):
            driver.do(driver.session.output(f"cmd_{number}", [line(f"{step}")], driver.now))
        driver.wait(0.1)
    heard = [o.command_id for o in driver.sent(wire.Output)]
    shares = [heard.count(f"cmd_{number}") for number in range(3)]
    assert min(shares) >= max(shares) - 2


def test_output_that_a_lost_connection_swallowed_is_offered_again() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.do(driver.session.output("cmd_1", [line("a"), line("b")], driver.now))
    driver.disconnect()
    driver.do(driver.session.output("cmd_1", [line("c")], driver.now))
    driver.clear()
    driver.connect()
    (output,) = driver.sent(wire.Output)
    assert (output.offset, [entry.text for entry in output.lines]) == (0, ["a", "b", "c"])


def test_output_of_a_run_that_ended_offline_comes_before_its_result() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.disconnect()
    driver.do(driver.session.output("cmd_1", [line("last words")], driver.now))
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    driver.clear()
    driver.connect()
    kinds = [type(frame) for frame in driver.frames()]
    assert kinds == [wire.Hello, wire.Output, wire.Result]


def test_results_wait_for_output_that_has_to_wait() -> None:
    driver = Driver(slots=4)
    driver.connect(limits=wire.Limits(messages_per_second=5))
    runs = [f"cmd_{number}" for number in range(4)]
    for run in runs:
        driver.receive(command(run))
    driver.disconnect()
    for run in runs:
        driver.do(driver.session.output(run, [line("x" * 8000) for _ in range(125)], driver.now))
        driver.do(driver.session.finished(run, Outcome(True), driver.now))
    driver.clear()
    driver.connect(limits=wire.Limits(messages_per_second=5))
    assert len(driver.sent(wire.Result)) < 4, "the rate must hold something back"
    driver.wait(60)
    for run in runs:
        kinds = [type(f) for f in driver.frames() if getattr(f, "command_id", None) == run]
        assert wire.Output not in kinds[kinds.index(wire.Result) :]
        lines = sum(len(output.lines) for output in driver.sent(wire.Output) if output.command_id == run)
        assert lines == 125


def test_what_waited_for_an_old_connection_is_not_said_on_the_new() -> None:
    driver = Driver()
    driver.connect()
    for _ in range(200):
        driver.receive('{"type":"teleport"}')
    assert len(driver.sent(wire.ErrorFrame)) < 100
    driver.disconnect()
    driver.clear()
    driver.connect()
    driver.wait(60)
    assert driver.sent(wire.ErrorFrame) == []


def test_health_of_a_service_whose_catalogue_changed_travels_with_its_report() -> None:
    catalogue = Catalogue([service(health=UP)])
    catalogue.offer_all()
    catalogue.replace([service(health=DOWN, version="2")])
    assert catalogue.take_health() == {}
    assert [entry.health for entry in catalogue.take_report().services] == [DOWN]
    assert not catalogue.news_due()


def test_a_result_that_does_not_fit_a_frame_is_uploaded_once_at_a_time() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.clear()
    driver.do(driver.session.finished("cmd_1", Outcome(True, data={"text": "x" * 300_000}), driver.now))
    (upload,) = [e for e in driver.effects if isinstance(e, Upload)]
    assert upload.result.data == {"text": "x" * 300_000}
    driver.disconnect()
    driver.connect()
    assert len([e for e in driver.effects if isinstance(e, Upload)]) == 1
    driver.do(driver.session.uploaded("cmd_1", False, driver.now))
    driver.wait(31)
    assert len([e for e in driver.effects if isinstance(e, Upload)]) == 2
    driver.do(driver.session.uploaded("cmd_1", True, driver.now))
    assert driver.journal.unstored() == []


def test_a_result_over_the_servers_limit_keeps_its_outcome_without_the_data() -> None:
    driver = Driver()
    driver.connect(limits=wire.Limits(result_bytes=1000))
    driver.receive(command())
    driver.do(driver.session.finished("cmd_1", Outcome(True, "ok", {"text": "x" * 2000}), driver.now))
    (result,) = driver.sent(wire.Result)
    assert (result.success, result.message) == (True, "ok")
    assert result.data is not None
    assert "omitted" in result.data


def test_a_server_that_floods_is_left_and_memory_stays_bounded() -> None:
    driver = Driver()
    driver.connect()
    for _ in range(1200):
        driver.receive('{"type":"teleport"}')
        if any(isinstance(effect, Close) for effect in driver.effects):
            break
    else:
        pytest.fail("the session took 1200 bad frames in one moment")
    assert len(driver.frames()) <= wire.MESSAGES_BURST


@given(st.lists(st.tuples(st.sampled_from("oupfrwd"), st.floats(0, 5)), max_size=40))
def test_the_message_rate_holds_whatever_happens(steps: list[tuple[str, float]]) -> None:
    """Never more than burst + rate x time within one connection, and no busy waiting."""
    driver = Driver(slots=8)
    driver.connect()
    opened = driver.now
    for number, (step, seconds) in enumerate(steps):
        for run in list(driver.session.running):
            if step == "o":
                driver.do(driver.session.output(run, [line("x") for _ in range(50)], driver.now))
            if step == "p":
                driver.do(driver.session.progress(run, 1.0, None, driver.now))
            if step == "f":
                driver.do(driver.session.finished(run, Outcome(True), driver.now))
        if step == "u":
            driver.do(driver.session.update([service(version=str(number))], driver.now))
        if step == "r":
            for count in range(20):
                driver.receive(command(f"cmd_{number}_{count}"))
        if step == "d":
            driver.disconnect()
            driver.clear()
            driver.connect()
            opened = driver.now
        driver.wait(seconds if step == "w" else 0.0)
        assert len(driver.frames()) <= wire.MESSAGES_BURST + wire.MESSAGES_PER_SECOND * (driver.now - opened)
