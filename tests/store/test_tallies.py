"""What was counted once is not counted again, and still the numbers are those of the tables."""

from __future__ import annotations

from msgspec.structs import replace
from tests.store.world import NOW, RecordingReader, draft, serving

from opstage.clock import Clock
from opstage.hub.tallies import DISPATCHED, Tallies
from opstage.store import Store, audit, commands, retention, statistics
from opstage.store.records import SYSTEM, AuditDraft, AuditRecord, CommandRecord

DAY = 86_400.0


class Hands(Clock):
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> float:
        return self.at


async def made(store: Store, code: str, number: int) -> list[CommandRecord]:
    owner, service = await serving(store, code)
    return [
        await store.write(lambda tx: commands.create(tx, draft(owner, service), now=NOW))
        for _ in range(number)
    ]


async def end(
    store: Store,
    record: CommandRecord,
    status: str,
    at: float,
    error: str | None = None,
    seconds: float = 1.0,
) -> None:
    done = replace(record, status=status, started_at=at - seconds, completed_at=at, error_code=error)
    assert await store.write(lambda tx: commands.save(tx, ("PENDING", 0), done, at))


async def test_the_counts_follow_what_happens(store: Store) -> None:
    tallies = Tallies(store, Hands())
    first, second, _ = await made(store, "a", 3)
    assert (await tallies.commands()).by_status == {"PENDING": 3}
    await end(store, first, "SUCCEEDED", NOW)
    assert (await tallies.commands()).by_status == {"PENDING": 2, "SUCCEEDED": 1}
    await end(store, second, "FAILED", NOW, "NO_LUCK")

    counted = await tallies.commands()

    assert counted.total == 3
    assert counted.by_status == {"PENDING": 1, "SUCCEEDED": 1, "FAILED": 1}
    assert counted.ended["FAILED", "ACTION_EXECUTE", "NO_LUCK"] == 1


async def test_what_ended_long_ago_is_not_looked_at_again(store: Store) -> None:
    clock = Hands()
    tallies = Tallies(store, clock)
    for record in await made(store, "a", 5):
        await end(store, record, "SUCCEEDED", NOW)
    clock.at = NOW + 60
    await tallies.commands()
    place = tallies._place
    watched = RecordingReader(store)

    recent = await statistics.command_counts(watched, place)

    assert (recent.total, recent.ended.total()) == (5, 0)
    assert (await tallies.commands()).by_status == {"SUCCEEDED": 5}


async def test_an_end_that_is_committed_late_is_counted(store: Store) -> None:
    clock = Hands()
    tallies = Tallies(store, clock)
    first, second = await made(store, "a", 2)
    await end(store, first, "SUCCEEDED", NOW)
    clock.at = NOW + 5
    await tallies.commands()
    await end(store, second, "SUCCEEDED", NOW - 1)

    assert (await tallies.commands()).by_status == {"SUCCEEDED": 2}


async def test_commands_that_are_deleted_are_counted_no_more(store: Store) -> None:
    clock = Hands()
    tallies = Tallies(store, clock)
    old, young, gone = await made(store, "a", 3)
    await end(store, old, "FAILED", NOW - 2 * DAY, "NO_LUCK")
    await end(store, gone, "SUCCEEDED", NOW - DAY / 2)
    await end(store, young, "SUCCEEDED", NOW)
    clock.at = NOW + 60
    assert (await tallies.commands()).by_status == {"FAILED": 1, "SUCCEEDED": 2}

    tallies.pruned_commands((await store.write(lambda tx: retention.commands(tx, NOW - DAY, 10))).values())
    assert (await tallies.commands()).by_status == {"SUCCEEDED": 2}

    # Nobody tells of this one: with its service everything goes.
    await store.write(lambda tx: tx.execute("DELETE FROM commands WHERE id = ?", gone.id))
    assert (await tallies.commands()).by_status == {"SUCCEEDED": 1}


async def test_many_commands_are_counted_a_stretch_at_a_time(store: Store) -> None:
    for number, record in enumerate(await made(store, "a", 7)):
        await end(store, record, "SUCCEEDED" if number % 2 else "FAILED", NOW + number % 3)

    place, counted = statistics.BEGIN, []
    while (further := await statistics.further(store.reader, place, NOW + 10, 3)) is not None:
        counted.append(await statistics.ended(store.reader, place, further))
        place = further

    assert [each.total() for each in counted] == [3, 3, 1]
    total = sum(counted[1:], counted[0])
    assert total == {("SUCCEEDED", "ACTION_EXECUTE", None): 3, ("FAILED", "ACTION_EXECUTE", None): 4}


async def test_durations_are_those_of_the_commands_that_ended_last(store: Store) -> None:
    for number, record in enumerate(await made(store, "a", 4)):
        await end(store, record, "SUCCEEDED", NOW + number, seconds=number + 0.25)

    assert await statistics.durations(store.reader, 3) == [3250, 2250, 1250]
    assert await statistics.durations(store.reader, 10) == [3250, 2250, 1250, 250]


async def test_audit_events_are_counted_as_they_are_written_and_pruned(store: Store) -> None:
    tallies = Tallies(store, Hands())

    async def record(action: str, at: float) -> None:
        event = AuditDraft(action=action, actor=SYSTEM)

        async def note(tx: object) -> AuditRecord:
            return audit.record(tx, event, at)  # type: ignore[arg-type]

        await store.write(note)

    await record(DISPATCHED, NOW - 2 * DAY)
    await record("something.else", NOW - 2 * DAY)
    await tallies.load()
    store.on_audit = tallies.audited
    await record(DISPATCHED, NOW)
    assert tallies.audits(DISPATCHED) == 2
    assert await statistics.audit_total(store.reader) == 3

    oldest = await statistics.oldest_audit_actions(store.reader, 10)
    pruned = await store.write(lambda tx: audit.prune(tx, NOW - DAY, 10, NOW))
    assert oldest[:pruned] == [DISPATCHED, "something.else"]
    tallies.pruned_audits(oldest[:pruned])

    assert tallies.audits(DISPATCHED) == 1
    fresh = Tallies(store, Hands())
    await fresh.load()
    assert fresh.audits(DISPATCHED) == 1
    assert await statistics.audit_total(store.reader) == len(await audit.newest(store.reader))


async def test_an_empty_trail_has_no_events(store: Store) -> None:
    await store.write(lambda tx: tx.execute("DELETE FROM audit_events"))
    assert await statistics.audit_total(store.reader) == 0
