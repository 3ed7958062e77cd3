"""Progress and output: newest progress, every line, within the rate, and nobody silenced."""

from __future__ import annotations

from tests.unit.agent.driving import Driver, command

from opstage_agent import wire
from opstage_agent.desk import Outcome
from opstage_agent.wire import OutputLine, OutputStream


def line(text: str) -> OutputLine:
    return OutputLine(stream=OutputStream.STDOUT, text=text)


def test_progress_coalesces_to_the_newest() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.clear()
    for percent in range(101):
        driver.do(driver.session.progress("cmd_1", float(percent), f"{percent}", driver.now))
    driver.wait(1)
    assert [p.percent for p in driver.sent(wire.Progress)] == [0.0, 100.0]


def test_progress_at_every_step_does_not_silence_the_output() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    for step in range(400):
        driver.do(driver.session.output("cmd_1", [line(f"step {step}")], driver.now))
        driver.do(driver.session.progress("cmd_1", step / 4, None, driver.now))
        driver.wait(0.05)
    told = sum(len(output.lines) for output in driver.sent(wire.Output))
    assert told > 380, "the output lags behind"


def test_the_last_progress_goes_before_the_result() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.clear()
    for percent in (50.0, 99.0, 100.0):
        driver.do(driver.session.progress("cmd_1", percent, None, driver.now))
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    told = [type(each) for each in driver.frames()]
    assert told == [wire.Progress, wire.Progress, wire.Result]
    assert [progress.percent for progress in driver.sent(wire.Progress)] == [50.0, 100.0]


def test_a_talkative_handler_stays_within_the_message_rate_and_loses_no_line() -> None:
    driver = Driver()
    driver.connect()
    driver.receive(command())
    driver.clear()
    began, count = driver.now, 0
    while driver.now < began + 30:
        for _ in range(5):
            driver.do(driver.session.output("cmd_1", [line(f"{count}")], driver.now))
            driver.do(driver.session.progress("cmd_1", None, f"{count}", driver.now))
            count += 1
        driver.wait(0.05)
    driver.do(driver.session.finished("cmd_1", Outcome(True), driver.now))
    driver.wait(5)
    assert len(driver.frames()) <= wire.MESSAGES_PER_SECOND * 30
    outputs = driver.sent(wire.Output)
    assert [entry.text for output in outputs for entry in output.lines] == [f"{n}" for n in range(count)]
    assert [o.offset for o in outputs] == [
        sum(len(p.lines) for p in outputs[:i]) for i in range(len(outputs))
    ]
    assert isinstance(driver.frames()[-1], wire.Result | wire.Heartbeat)
