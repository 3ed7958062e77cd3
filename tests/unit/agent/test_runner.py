"""How commands are run: arguments, answers, failures, time limit, cancel, output."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.agent.patience import until
from tests.unit.agent.stage import Stage, error_of

from opstage_agent import runner as runner_module
from opstage_agent.context import Context
from opstage_agent.desk import Outcome
from opstage_agent.errors import ActionError
from opstage_agent.registry import declare_action
from opstage_agent.runner import interpret
from opstage_agent.values import Prepared
from opstage_agent.wire import CommandKind, Failure

DEADLINE = 60.0


async def test_async_and_plain_handlers_get_context_and_typed_arguments() -> None:
    threads: list[int] = []

    async def one(ctx: Context, count: int) -> dict[str, Any]:
        threads.append(threading.get_ident())
        return {"id": ctx.command_id, "agent": ctx.agent_id, "count": count + 1}

    def two(ctx: Context, count: int) -> dict[str, Any]:
        threads.append(threading.get_ident())
        return {"service": ctx.service_code, "attempt": ctx.attempt, "count": count + 2}

    stage = Stage(one, two)
    assert (await stage.run("one", {"count": 1})).data == {"id": "cmd_1", "agent": "agt_1", "count": 2}
    stage.start("two", {"count": 1}, command_id="cmd_2")
    second = await stage.outcome("cmd_2")
    assert second.data == {"service": "shop", "attempt": 1, "count": 3}
    assert threads[0] == threading.get_ident() != threads[1]
    assert second.started_at is not None
    assert second.finished_at is not None


async def test_an_unknown_action_or_service_is_said() -> None:
    stage = Stage()
    assert error_of(await stage.run("nope")).code == "ACTION_HANDLER_NOT_FOUND"


async def test_a_payload_that_does_not_fit_does_not_reach_the_handler() -> None:
    called = False

    async def one(count: int) -> None:
        nonlocal called
        called = True

    refused = error_of(await Stage(one).run("one", {"count": "x"}))
    assert refused.code == "ACTION_PAYLOAD_INVALID"
    assert refused.details == {"issues": [{"path": "count", "message": "Expected `int`, got `str`"}]}
    assert not called


async def test_exceptions_become_failures() -> None:
    async def breaks() -> None:
        raise ValueError("no such \ud800 page")

    def exits() -> None:
        sys.exit(3)

    async def async_exits() -> None:
        sys.exit(3)

    def stops() -> None:
        raise StopIteration

    async def strange() -> None:
        raise ActionError("m", details={"x": "\ud800"})

    async def own() -> None:
        raise ActionError("the account is locked", code="LOCKED", details={"until": 5})

    for handler, text in (
        (breaks, "no such"),
        (exits, "sys.exit(3)"),
        (async_exits, "3"),
        (stops, "StopIter"),
    ):
        error = error_of(await Stage(handler).run(runner_name(handler)))
        assert error.code == "ACTION_FAILED"
        assert text in error.message
        error.message.encode()
    assert error_of(await Stage(strange).run("strange")).code == "ACTION_FAILED"
    error = error_of(await Stage(own).run("own"))
    assert (error.code, error.message, error.details) == ("LOCKED", "the account is locked", {"until": 5})


def runner_name(handler: Callable[..., Any]) -> str:
    return declare_action(handler).declared.name


@pytest.mark.parametrize("answer", [{"x": "\ud800"}, {"success": True, "data": {"x": "\ud800"}}])
async def test_an_answer_that_is_no_json_is_a_failure(answer: dict[str, Any]) -> None:
    async def one() -> dict[str, Any]:
        return answer

    assert error_of(await Stage(one).run("one")).code == "ACTION_FAILED"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, Outcome(True, data={})),
        ({"a": 1}, Outcome(True, data={"a": 1})),
        ("all good", Outcome(True, message="all good")),
        ([1], Outcome(True, data={"value": [1]})),
        ({"success": True, "message": "m", "data": {"a": 1}}, Outcome(True, "m", {"a": 1})),
        (
            {"success": False, "error": {"code": "C", "message": "m", "details": {"d": 1}}},
            Outcome(False, None, {}, Failure(code="C", message="m", details={"d": 1})),
        ),
        (
            {"success": False, "message": "why"},
            Outcome(False, "why", {}, Failure(code="ACTION_FAILED", message="why")),
        ),
        (
            {"success": 0, "error": "text"},
            Outcome(False, None, {}, Failure(code="ACTION_FAILED", message="text")),
        ),
    ],
)
def test_what_answers_mean(answer: object, expected: Outcome) -> None:
    assert interpret(answer) == expected


async def test_progress_can_be_awaited_and_is_clipped() -> None:
    async def one(ctx: Context) -> None:
        await ctx.progress(150, "over")

    def two(ctx: Context) -> None:
        ctx.progress(-1)

    stage = Stage(one, two)
    await stage.run("one")
    stage.start("two", command_id="cmd_2")
    await stage.outcome("cmd_2")
    assert [said.progress for said in stage.said] == [(100.0, "over"), (0.0, None)]


@pytest.mark.parametrize("kind", ["async", "plain", "polling"])
async def test_a_cancelled_handler_ends_as_cancelled(kind: str) -> None:
    began = threading.Event()

    async def on_loop() -> None:
        began.set()
        await asyncio.sleep(60)

    def sleeping(ctx: Context) -> None:
        began.set()
        ctx.sleep(60)

    def asking(ctx: Context) -> None:
        began.set()
        while True:
            ctx.raise_if_cancelled()

    handlers: dict[str, Callable[..., Any]] = {"async": on_loop, "plain": sleeping, "polling": asking}
    handler = handlers[kind]
    stage = Stage(handler)
    stage.start(runner_name(handler))
    await asyncio.to_thread(began.wait, DEADLINE)
    stage.runner.stop("cmd_1", "not needed")
    stage.runner.stop("cmd_1", "second reason")
    error = error_of(await stage.outcome())
    assert (error.code, error.message) == ("CANCELLED", "not needed")


async def test_cancel_before_the_handler_began() -> None:
    ran = False

    async def one() -> None:
        nonlocal ran
        ran = True

    stage = Stage(one)
    stage.start("one")
    stage.runner.stop("cmd_1", "at once")
    assert error_of(await stage.outcome()).code == "CANCELLED"
    assert not ran


async def test_cancel_before_the_first_step_of_the_handler() -> None:
    ran = False

    async def one() -> None:
        nonlocal ran
        ran = True

    stage = Stage(one)
    stage.start("one")
    await asyncio.sleep(0)
    stage.runner.stop("cmd_1", "at once")
    error = error_of(await stage.outcome())
    assert (error.code, error.message, ran) == ("CANCELLED", "at once", False)


async def test_a_handler_that_ends_well_in_spite_of_the_cancel_has_its_way() -> None:
    began, go = threading.Event(), threading.Event()

    def one(ctx: Context) -> dict[str, bool]:
        began.set()
        go.wait(DEADLINE)
        return {"cancelled": ctx.cancelled}

    stage = Stage(one)
    stage.start("one")
    await asyncio.to_thread(began.wait, DEADLINE)
    stage.runner.stop("cmd_1", "too late")
    assert stage.outcomes == {}
    go.set()
    outcome = await stage.outcome()
    assert (outcome.success, outcome.data) == (True, {"cancelled": True})


async def test_stop_of_an_unknown_run_is_ignored() -> None:
    Stage().runner.stop("cmd_x", "why")


@pytest.mark.parametrize("plain", [True, False])
async def test_out_of_time_is_a_failure(plain: bool) -> None:
    async def on_loop() -> None:
        await asyncio.sleep(60)

    def in_thread(ctx: Context) -> None:
        ctx.sleep(60)

    stage = Stage(in_thread if plain else on_loop)
    error = error_of(await stage.run("inThread" if plain else "onLoop", timeout_seconds=0.05))
    assert (error.code, error.message) == ("ACTION_FAILED", "The action took longer than 0.05 s.")


async def test_a_handler_that_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "UNWIND_SECONDS", 0.05)
    monkeypatch.setattr(runner_module, "LEFT_BEHIND_LIMIT", 1)
    go = threading.Event()

    def deaf() -> None:
        go.wait(DEADLINE)

    stage = Stage(deaf)
    assert "longer than" in error_of(await stage.run("deaf", timeout_seconds=0.05)).message
    stage.start("deaf", command_id="cmd_2")
    assert "did not end" in error_of(await stage.outcome("cmd_2")).message
    go.set()
    await until(lambda: not stage.runner._left_behind, "the end of the handler left behind")
    stage.start("deaf", command_id="cmd_3")
    assert (await stage.outcome("cmd_3")).success


async def test_a_handler_that_cancels_itself_failed() -> None:
    async def one() -> None:
        raise asyncio.CancelledError

    assert error_of(await Stage(one).run("one")).code == "ACTION_FAILED"


async def test_drain_lets_handlers_finish_and_then_cancels_them() -> None:
    async def quick() -> None:
        await asyncio.sleep(0.02)

    async def slow() -> None:
        await asyncio.sleep(60)

    stage = Stage(quick, slow)
    stage.start("quick", command_id="cmd_quick")
    await stage.runner.drain(DEADLINE)
    assert stage.outcomes["cmd_quick"].success
    stage.start("slow", command_id="cmd_slow")
    await stage.runner.drain(0.02)
    assert error_of(stage.outcomes["cmd_slow"]).code == "AGENT_STOPPED"


async def test_drain_does_not_wait_for_ever_and_says_nothing_of_what_it_does_not_know() -> None:
    go = threading.Event()

    def deaf() -> None:
        go.wait(DEADLINE)

    stage = Stage(deaf)
    stage.start("deaf")
    await stage.runner.drain(0.02)
    # It would have an outcome if its end had been waited for.
    assert stage.outcomes == {}
    go.set()


async def test_prepare_uses_the_handler_or_the_catalogue() -> None:
    async def one(ctx: Context, size: int = 3) -> None: ...

    stage = Stage(one)
    outcome = await stage.run("one", kind=CommandKind.ACTION_PREPARE)
    assert outcome.data is not None
    assert outcome.data["initialPayload"] == {"size": 3}

    @stage.service.actions["one"].prepare
    def _(ctx: Context) -> Prepared:
        return Prepared(initial={"size": 4, "id": ctx.command_id})

    stage.start("one", command_id="cmd_2", kind=CommandKind.ACTION_PREPARE)
    second = (await stage.outcome("cmd_2")).data
    assert second is not None
    assert second["initialPayload"] == {"size": 4, "id": "cmd_2"}

    @stage.service.actions["one"].prepare
    async def _() -> dict[str, Any]:
        return {"initialPayload": {"whole": True}}

    stage.start("one", command_id="cmd_3", kind=CommandKind.ACTION_PREPARE)
    assert (await stage.outcome("cmd_3")).data == {"initialPayload": {"whole": True}}


async def test_methods_and_callables_work_as_handlers() -> None:
    class Shop:
        async def sell(self, ctx: Context, count: int) -> int:
            return count

        def count(self, ctx: Context) -> int:
            return 2

    shop = Shop()
    stage = Stage(shop.sell, shop.count)
    assert (await stage.run("sell", {"count": 3})).data == {"value": 3}
    stage.start("count", command_id="cmd_2")
    assert (await stage.outcome("cmd_2")).data == {"value": 2}
