"""What has had its time goes, oldest first and a few at a time; what still counts stays, however old."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec.structs import replace
from tests.store.world import NOW, draft, enrolled, outside, save, serving, signed_up
from tests.store.world import reported as report

from opstage.core.times import iso
from opstage.store import Store, Tx, bus, commands, health, outputs, retention, sessions, tokens
from opstage.store.records import SYSTEM, CommandRecord, HealthRecord, OutputRecord, ResultDraft
from opstage_agent.wire import OutputLine, OutputStream

DAY = 86_400.0
ALL = 1000

Prune = Callable[[Tx, float, int], Awaitable[int]]


async def prune(store: Store, what: Prune, before: float, limit: int = ALL) -> int:
    return await store.write(lambda tx: what(tx, before, limit))


async def prune_commands(store: Store, before: float, limit: int = ALL) -> list[str]:
    return list(await store.write(lambda tx: retention.commands(tx, before, limit)))


def ids(path: Path, table: str) -> set[str]:
    return {row[0] for row in outside(path, f"SELECT id FROM {table}")}


async def ended(store: Store, at: float, status: str = "SUCCEEDED", code: str = "svc") -> CommandRecord:
    """A command that ended, with a result and output."""
    owner, service = await serving(store, code)
    made = await store.write(lambda tx: commands.create(tx, draft(owner, service), now=at - 10))
    done = replace(made, status=status, completed_at=at)
    result = ResultDraft(success=status == "SUCCEEDED")
    await store.write(lambda tx: commands.finish(tx, ("PENDING", 0), done, result, at))
    await write(store, made.id, at)
    return done


async def write(store: Store, command_id: str, at: float) -> None:
    line = OutputLine(at=iso(at), text="said", stream=OutputStream.STDOUT)
    output = OutputRecord(command_id=command_id, attempt=0, lines=[line])
    await store.write(lambda tx: outputs.save(tx, output, at))


async def secret(store: Store, command_id: str, expires_at: float) -> None:
    sql = (
        "INSERT INTO command_secrets (id, created_at, command_id, ciphertext, expires_at)"
        " VALUES (?, ?, ?, 'x', ?)"
    )
    await store.write(lambda tx: tx.execute(sql, f"s-{command_id}", iso(NOW), command_id, iso(expires_at)))


async def history(store: Store, service_id: str, agent_id: str, times: list[float]) -> list[str]:
    entries = [
        HealthRecord(
            id=f"hlr_{service_id}_{number}",
            service_id=service_id,
            agent_id=agent_id,
            status="UP",
            message=None,
            details={},
            reported_at=at,
            created_at=at,
        )
        for number, at in enumerate(times)
    ]
    await store.write(lambda tx: health.append(tx, entries))
    return [entry.id for entry in entries]


async def test_sessions_go_when_they_have_ended(store: Store, path: Path) -> None:
    ann = await signed_up(store)
    for name, expires_at in (("ended", NOW), ("open", NOW + 1)):
        await store.write(
            lambda tx, name=name, expires_at=expires_at: sessions.create(  # type: ignore[misc]
                tx, session_id=name, user_id=ann.id, csrf_nonce="n", expires_at=expires_at, now=NOW - 60
            )
        )

    assert await prune(store, retention.sessions, NOW) == 1
    assert ids(path, "sessions") == {"open"}


async def test_one_time_keys_go_when_their_time_is_over(store: Store, path: Path) -> None:
    first, second = await ended(store, NOW, code="a"), await ended(store, NOW, code="b")
    await secret(store, first.id, NOW)
    await secret(store, second.id, NOW + 1)

    assert await prune(store, retention.command_secrets, NOW) == 1
    assert ids(path, "command_secrets") == {f"s-{second.id}"}


async def test_registration_tokens_go_only_when_they_open_nothing(store: Store, path: Path) -> None:
    async def made(name: str, at: float) -> str:
        token, _ = await store.write(
            lambda tx: tokens.create(tx, name=name, expires_at=None, actor=SYSTEM, now=at)
        )
        return token.id

    active, revoked, later = await made("active", NOW), await made("old", NOW), await made("later", NOW)
    await store.write(lambda tx: tokens.revoke(tx, revoked, actor=SYSTEM, now=NOW + 1))
    await store.write(lambda tx: tokens.revoke(tx, later, actor=SYSTEM, now=NOW + 2 * DAY))

    assert await prune(store, retention.registration_tokens, NOW + DAY) == 1
    assert ids(path, "registration_tokens") == {active, later}


async def test_agent_tokens_go_when_they_were_replaced(store: Store, path: Path) -> None:
    await enrolled(store, "one")
    await enrolled(store, "one", NOW + 10)
    await enrolled(store, "one", NOW + 2 * DAY)
    assert len(ids(path, "agent_tokens")) == 3

    assert await prune(store, retention.agent_tokens, NOW + DAY) == 1
    found = outside(path, "SELECT status FROM agent_tokens ORDER BY status")
    assert found == [("ACTIVE",), ("REVOKED",)]


async def test_the_newest_health_of_each_service_stays_however_old(store: Store, path: Path) -> None:
    owner = await enrolled(store)
    saved = await save(store, owner, [report("quiet", None), report("busy", None)], NOW - 10 * DAY)
    before = ids(path, "health_reports")
    quiet = await history(store, saved[0].service.id, owner.agent.id, [NOW - 3 * DAY, NOW - 2 * DAY])
    busy = await history(store, saved[1].service.id, owner.agent.id, [NOW - 3 * DAY, NOW])

    assert await prune(store, retention.health_reports, NOW - DAY) == len(before) + 2
    assert ids(path, "health_reports") == {quiet[1], busy[1]}


async def test_of_health_said_in_the_same_moment_one_stays(store: Store, path: Path) -> None:
    owner = await enrolled(store)
    (saved,) = await save(store, owner, [report("twice")], NOW)
    said = await history(store, saved.service.id, owner.agent.id, [NOW + 1, NOW + 1])

    await prune(store, retention.health_reports, NOW + DAY)

    assert ids(path, "health_reports") == {said[1]}


async def test_an_ended_command_takes_all_that_came_of_it_along(store: Store, path: Path) -> None:
    old, young = await ended(store, NOW, code="old"), await ended(store, NOW + 2 * DAY, code="young")
    await secret(store, old.id, NOW + 300)

    assert await prune_commands(store, NOW + DAY) == [old.id]
    assert ids(path, "commands") == {young.id}
    for table in ("command_results", "command_outputs"):
        assert outside(path, f"SELECT command_id FROM {table}") == [(young.id,)]
    assert ids(path, "command_secrets") == set()


async def test_pruning_commands_tells_how_they_had_ended(store: Store) -> None:
    old = await ended(store, NOW, "FAILED")
    gone = await store.write(lambda tx: retention.commands(tx, NOW + DAY, ALL))
    assert gone == {old.id: ("FAILED", "ACTION_EXECUTE", None)}


async def test_an_unfinished_command_is_never_deleted(store: Store, path: Path) -> None:
    owner, service = await serving(store)
    made = await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW - 1000 * DAY))
    running = replace(made, status="RUNNING", attempt=1, started_at=NOW - 1000 * DAY)
    await store.write(lambda tx: commands.save(tx, ("PENDING", 0), running, NOW))
    await write(store, made.id, NOW - 900 * DAY)

    assert await prune_commands(store, NOW) == []
    assert await prune(store, retention.outputs, NOW) == 0
    assert ids(path, "commands") == {made.id}


async def test_output_may_go_before_its_command(store: Store, path: Path) -> None:
    old, young = await ended(store, NOW, code="old"), await ended(store, NOW + 2 * DAY, code="young")

    assert await prune(store, retention.outputs, NOW + DAY) == 1
    assert ids(path, "commands") == {old.id, young.id}
    assert outside(path, "SELECT command_id FROM command_outputs") == [(young.id,)]
    assert await outputs.load(store.reader, old.id) is None


async def test_bus_events_go_by_when_they_were_accepted(store: Store, path: Path) -> None:
    for number, at in enumerate((NOW, NOW + 2 * DAY)):
        event = bus.BusEventRecord(
            id=f"bev_{number}",
            agent_id="agt_a",
            service_id="svc_a",
            service_code="a",
            event_type="order.made",
            event_ref=None,
            payload={},
            metadata={},
            correlation_id=None,
            causation_id=None,
            depth=0,
            occurred=iso(NOW + 9 * DAY),
            accepted_at=at,
        )
        await store.write(lambda tx, event=event: bus.add(tx, event))  # type: ignore[misc]

    assert await prune(store, retention.bus_events, NOW + DAY) == 1
    assert ids(path, "bus_events") == {"bev_1"}


async def test_a_call_deletes_no_more_than_its_limit_and_the_oldest_first(store: Store, path: Path) -> None:
    owner = await enrolled(store)
    (saved,) = await save(store, owner, [report("many")], NOW + DAY)
    young = ids(path, "health_reports")
    times = [NOW + number for number in (4, 2, 0, 3, 1)]
    said = await history(store, saved.service.id, owner.agent.id, times)

    assert await prune(store, retention.health_reports, NOW + DAY, 2) == 2
    assert ids(path, "health_reports") - young == {said[0], said[1], said[3]}
    assert await prune(store, retention.health_reports, NOW + DAY, 2) == 2
    assert await prune(store, retention.health_reports, NOW + DAY, 2) == 1
    assert ids(path, "health_reports") == young


async def test_expiring_tokens_takes_a_few_at_a_time(store: Store) -> None:
    for _ in range(3):
        await store.write(lambda tx: tokens.create(tx, name="t", expires_at=NOW + 1, actor=SYSTEM, now=NOW))

    assert await store.write(lambda tx: tokens.expire(tx, NOW + 2, 2)) == 2
    assert await store.write(lambda tx: tokens.expire(tx, NOW + 2, 2)) == 1
    assert await store.write(lambda tx: tokens.expire(tx, NOW + 2, 2)) == 0


async def test_every_prune_reads_an_index(store: Store) -> None:
    """A sweep runs every minute: it must not look at every row to find that there is nothing to do."""
    statements: list[str] = []

    class Watching(Tx):
        async def execute(self, sql: str, *values: object) -> int:
            statements.append(sql)
            return await super().execute(sql, *values)

        async def rows(self, sql: str, *values: object):  # type: ignore[no-untyped-def]
            statements.append(sql)
            return await super().rows(sql, *values)

    prunes = (
        *(retention.sessions, retention.command_secrets, retention.registration_tokens),
        *(retention.health_reports, retention.commands, retention.outputs, retention.bus_events),
    )

    async def all_of_them(tx: Tx) -> list[str]:
        watching = Watching(tx._client)
        for each in prunes:
            await each(watching, NOW, 10)
        plans = []
        for sql in statements:
            marks = [iso(NOW)] + [10] * (sql.count("?") - 1 if "?1" not in sql else 0)
            found = await tx.rows(f"EXPLAIN QUERY PLAN {sql}", *marks)
            plans += [row[3] for row in found]
        return plans

    plans = await store.write(all_of_them)
    assert len(statements) == len(prunes)
    assert [line for line in plans if line.startswith("SCAN")] == []
