"""The audit trail over REST: filters, files of any size, and whether it is as it was written."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tests.support.server import PATIENT, Operator, Refused, Server, environment
from tests.support.waiting import until

from opstage.store.chain import CONTENT, START, Head

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENTS = "/api/admin/audit-events"
HEADER = "id,createdAt,actorType,actorId,action,targetType,targetId,result,message,metadata"


async def noted(operator: Operator, name: str) -> dict[str, Any]:
    """A registration token, and the event that tells of it."""
    await operator.post("/api/admin/registration-tokens", {"name": name})
    found = await operator.get(EVENTS, action="registration_token.created", pageSize=100)
    return next(event for event in found if event["targetName"] == name)


async def actions(operator: Operator, **query: Any) -> set[str]:
    return {event["action"] for event in await operator.get(EVENTS, pageSize=100, **query)}


async def issues(operator: Operator, **query: Any) -> set[str]:
    with pytest.raises(Refused) as refused:
        await operator.get(EVENTS, **query)
    assert (refused.value.status, refused.value.code) == (422, "VALIDATION_FAILED")
    return refused.value.issues


async def test_an_event_is_shown_alone_as_in_the_list(operator: Operator) -> None:
    event = await noted(operator, "alone")

    assert event["sequence"] > 0
    assert len(event["hash"]) == 64
    assert await operator.get(f"{EVENTS}/{event['id']}") == event
    with pytest.raises(Refused) as refused:
        await operator.get(f"{EVENTS}/aud_none")
    assert (refused.value.status, refused.value.code) == (404, "AUDIT_EVENT_NOT_FOUND")


async def test_filters_narrow_and_repeated_ones_are_alternatives(operator: Operator) -> None:
    event = await noted(operator, "filtered")
    await operator.post(f"/api/admin/registration-tokens/{event['targetId']}/revoke")
    mine = {"targetId": event["targetId"], "targetType": "RegistrationToken"}

    both = {"registration_token.created", "registration_token.revoked"}
    assert await actions(operator, **mine) == both
    assert await actions(operator, **mine, action=[*both, "x"]) == both
    assert await actions(operator, **mine, action="registration_token.revoked") == {
        "registration_token.revoked"
    }
    assert await actions(operator, **mine, action="registration_token.*") == both
    assert await actions(operator, **mine, action=["user.*", "registration_token.revoked"]) == {
        "registration_token.revoked"
    }
    assert await actions(operator, **mine, action="registration_token*") == set()
    assert await actions(operator, **mine, actorType=["USER", "SYSTEM"], result="SUCCESS") == both
    assert await actions(operator, **mine, actorId=event["actorId"]) == both
    assert await actions(operator, **mine, actorType="AGENT") == set()
    assert await actions(operator, **mine, action="") == both


@pytest.mark.parametrize("form", ["{0}", "{1}", "{2}"])
async def test_times_may_be_written_in_many_ways_and_are_inclusive(operator: Operator, form: str) -> None:
    event = await noted(operator, f"timed {form}")
    moment = event["createdAt"]
    local = f"{moment[:-1]}+00:00"
    written = form.format(moment, local, local.replace("+", " "))

    assert event["id"] in [
        each["id"] for each in await operator.get(EVENTS, **{"from": written, "to": written})
    ]


async def test_a_date_is_its_midnight(operator: Operator) -> None:
    event = await noted(operator, "dated")
    today = event["createdAt"][:10]

    assert await operator.get(EVENTS, **{"from": today, "targetId": event["targetId"]})
    assert not await operator.get(EVENTS, to=today, targetId=event["targetId"])
    for early in (
        "1969-01-01",
        "0001-01-01T00:00:00+14:00",
        "2020",
        "2020-05",
        "Fri, 01 May 2020 12:00:00 GMT",
    ):
        assert await operator.get(EVENTS, **{"from": early, "targetId": event["targetId"]}), early
        assert not await operator.get(EVENTS, to=early, targetId=event["targetId"]), early


async def test_bad_filters_are_named(operator: Operator) -> None:
    assert await issues(operator, **{"from": "yesterday", "to": "2026-13-01"}) == {"from", "to"}
    assert await issues(operator, **{"from": "2026-05-02", "to": "2026-05-01"}) == {"from"}
    assert await issues(operator, actorType="NOBODY", result="OK", format="xml", sort="id") == {
        *("actorType", "result", "format", "sort")
    }
    assert await issues(operator, action="x" * 161, targetType="x" * 121, targetId="x" * 161) == {
        *("action", "targetType", "targetId")
    }
    assert await issues(operator, action="  ") == {"action"}


async def test_pages_go_either_way(operator: Operator) -> None:
    await noted(operator, "page")
    newest = [event["sequence"] for event in await operator.get(EVENTS, pageSize=5)]
    oldest = [event["sequence"] for event in await operator.get(EVENTS, pageSize=5, sort="createdAt")]

    assert newest == sorted(newest, reverse=True)
    assert oldest == sorted(oldest)
    assert oldest[0] == 1


async def file(operator: Operator, form: str, **query: Any) -> httpx.Response:
    response = await operator.client.get(f"{EVENTS}/export", params={"format": form, **query})
    assert response.status_code == 200, response.text
    return response


async def test_the_three_files_hold_the_same_events(operator: Operator) -> None:
    event = await noted(operator, "exported")
    mine = {"targetId": event["targetId"]}
    as_json, as_lines = await file(operator, "json", **mine), await file(operator, "ndjson", **mine)
    as_csv = await file(operator, "csv", **mine)

    assert as_json.json() == {"success": True, "data": [event]}
    assert [json.loads(line) for line in as_lines.text.splitlines()] == [event]
    cells = [event[name] for name in HEADER.split(",")[:-2]] + ["", json.dumps(event["metadata"])]
    quoted = ",".join('"' + str(cell or "").replace('"', '""') + '"' for cell in cells)
    assert as_csv.text.split("\n")[0] == HEADER
    assert next(csv.DictReader(io.StringIO(as_csv.text)))["id"] == event["id"]
    assert as_csv.text.replace(" ", "") == f"{HEADER}\n{quoted}\n".replace(" ", "")


@pytest.mark.parametrize(
    ("form", "media"),
    [("json", "application/json"), ("csv", "text/csv; charset=utf-8"), ("ndjson", "application/x-ndjson")],
)
async def test_a_file_has_a_name_and_a_type(operator: Operator, form: str, media: str) -> None:
    headers = (await file(operator, form, targetId="none")).headers

    assert headers["content-type"] == media
    assert headers["content-disposition"].startswith('attachment; filename="opstage-audit-')
    assert headers["content-disposition"].endswith(f'.{form}"')


async def test_a_file_of_nothing_is_whole(operator: Operator) -> None:
    assert (await file(operator, "json", targetId="none")).json() == {"success": True, "data": []}
    assert (await file(operator, "csv", targetId="none")).text == f"{HEADER}\n"
    assert (await file(operator, "ndjson", targetId="none")).text == ""


async def test_an_export_is_audited_and_does_not_contain_itself(operator: Operator) -> None:
    exported = (await file(operator, "json", action=["audit.exported"], actorType="USER")).json()["data"]
    (newest, *_) = await operator.get(EVENTS, action="audit.exported")

    assert newest["id"] not in [event["id"] for event in exported]
    assert newest["metadata"] == {
        "format": "json",
        "filters": {"action": ["audit.exported"], "actorType": ["USER"]},
    }


async def test_formulas_in_cells_are_text(operator: Operator) -> None:
    target = (await noted(operator, "formula"))["targetId"]
    for username in ("=cmd()", "+1", "-1", "@x", "\t=1", 'say "a"', "plain"):
        with pytest.raises(Refused):
            await operator.post("/api/admin/auth/login", {"username": username, "password": "x"})
    text = (await file(operator, "csv", action="session.login.failed")).text
    await operator.sign_in()

    assert target
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {json.loads(row["metadata"])["username"] for row in rows} >= {"=cmd()", "plain", 'say "a"'}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "@", "\t")]


async def test_the_whole_trail_is_as_it_was_written(operator: Operator) -> None:
    found = await operator.get(f"{EVENTS}/verify")
    (newest,) = await operator.get(EVENTS, pageSize=1)

    assert (found["ok"], found["findings"]) == (True, [])
    assert found["headSequence"] <= newest["sequence"]


async def test_viewers_read_the_trail_but_take_nothing_away(server: Server, operator: Operator) -> None:
    name, password = "audit-viewer", "long enough for that"
    await operator.post("/api/admin/users", {"username": name, "password": password, "role": "viewer"})
    async with server.client() as client:
        viewer = Operator(client)
        await viewer.sign_in(name, password)
        (event,) = await viewer.get(EVENTS, pageSize=1)
        assert await viewer.get(f"{EVENTS}/{event['id']}") == event
        for path in ("export", "verify"):
            with pytest.raises(Refused) as refused:
                await viewer.get(f"{EVENTS}/{path}")
            assert (refused.value.status, refused.value.code) == (403, "FORBIDDEN")


# --- a trail of its own ----------------------------------------------------------------------------

MANY = 40_000


def fill(path: Path, count: int) -> None:
    """Lets the trail look as if the server had written so many events more."""
    with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
        row = connection.execute("SELECT sequence, hash FROM audit_events ORDER BY 1 DESC LIMIT 1").fetchone()
        connection.executemany(
            f"INSERT INTO audit_events ({', '.join(CONTENT)}, previous_hash, sequence, hash)"
            f" VALUES ({', '.join('?' * (len(CONTENT) + 3))})",
            _events(Head(*row) if row else START, count),
        )


def _events(last: Head, count: int) -> Any:
    for number in range(count):
        name = f"many {number}"
        content = (
            *(f"aud_{number:016}", "wks_default", "USER", "usr_many", "many", "test.many", "Test", "t", name),
            *(
                "SUCCESS",
                "=1+1",
                None,
                None,
                json.dumps({"n": number, "text": "x" * 200}),
                "2026-01-01T00:00:00.000Z",
            ),
        )
        after = last.after(content)
        yield (*content, last.hash, *after)
        last = after


@pytest_asyncio.fixture(loop_scope="session")
async def own(tmp_path: Path) -> AsyncIterator[Server]:
    running = Server(tmp_path, PATIENT | {"OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0"})
    await running.start()
    yield running
    assert await running.stop() == 0, running.log


def database(server: Server) -> Path:
    return server.folder / "data" / "opstage.db"


def memory(server: Server) -> int:
    """Most memory the process had since ``forget``, in KiB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def forget(server: Server) -> None:
    """Let ``memory`` begin anew."""
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")


async def test_an_export_of_any_size_needs_no_memory_and_lets_others_work(own: Server) -> None:
    await asyncio.to_thread(fill, database(own), MANY)
    async with own.operator() as operator:
        await file(operator, "json", action="audit.exported")
        forget(own)
        before, lines, asked = memory(own), 0, 0
        query = {"format": "ndjson", "action": "test.many"}
        async with operator.client.stream("GET", f"{EVENTS}/export", params=query) as response:
            async for part in response.aiter_bytes():
                lines += part.count(b"\n")
                if lines % 7 == 0 and lines < MANY:
                    # Nobody reads the export meanwhile, so it is not over when this is answered.
                    assert (await operator.client.get("/api/system/live")).status_code == 200
                    asked += 1
        assert lines == MANY
        assert memory(own) - before < 16_000
        assert asked > 0
        assert (await operator.get(f"{EVENTS}/verify"))["ok"]


async def test_a_reader_that_hangs_up_stops_the_export(own: Server) -> None:
    await asyncio.to_thread(fill, database(own), MANY)
    async with own.operator() as operator:
        async with operator.client.stream("GET", f"{EVENTS}/export") as response:
            await anext(response.aiter_raw())

        async def stopped() -> bool:
            return "The reader of an audit export hung up" in own.log

        await until(stopped, "the export to stop")


async def test_a_failure_on_the_way_does_not_look_like_an_end(own: Server) -> None:
    await asyncio.to_thread(fill, database(own), MANY)
    async with own.operator() as operator:
        with pytest.raises(httpx.RemoteProtocolError):
            async with operator.client.stream("GET", f"{EVENTS}/export") as response:
                parts = response.aiter_raw()
                await anext(parts)
                with closing(sqlite3.connect(database(own), timeout=60)) as connection:
                    connection.execute("ALTER TABLE audit_events RENAME TO gone")
                async for _ in parts:
                    pass
        assert "An audit export broke off" in own.log


async def command(server: Server, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opstage", "audit", "verify", *arguments),
        env=environment({"OPSTAGE_DATA_DIR": str(server.folder / "data")}),
        cwd=server.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_the_command_verifies_beside_the_server_and_names_what_was_touched(own: Server) -> None:
    async with own.operator() as operator:
        victim = await noted(operator, "victim")
        await noted(operator, "later")
        code, said = await command(own)
        assert code == 0, said
        assert "the trail is as it was written" in said
        assert f"Head: {(await operator.get(EVENTS, pageSize=1))[0]['sequence']} " in said
        with closing(sqlite3.connect(database(own), timeout=60)) as connection, connection:
            connection.execute("DELETE FROM audit_events WHERE id = ?", (victim["id"],))
        code, said = await command(own)
        assert code == 1
        assert f"deleted: Event {victim['sequence']} is missing" in said
        code, said = await command(own, "--json")
        finding = json.loads(said)["findings"][0]
        assert (code, finding["kind"], finding["sequence"]) == (1, "deleted", victim["sequence"])
        assert (await operator.get(f"{EVENTS}/verify"))["ok"] is False


async def test_the_command_says_what_it_cannot_read(own: Server, tmp_path: Path) -> None:
    code, said = await command(own, "--database", f"file:{tmp_path}/none.db")

    assert (code, "There is no database" in said) == (2, True)
    assert not (tmp_path / "none.db").exists()
