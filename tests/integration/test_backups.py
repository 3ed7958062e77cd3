"""Backups while the server works, and a server on a restored one."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.test_command_line import opstage, refused
from tests.support.raw_agent import RawAgent, register, welcomed
from tests.support.server import PATIENT, Operator, Server
from tests.support.waiting import until, until_true

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = re.compile(r"opstage-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.db")
STILL = {"OPSTAGE_MAINTENANCE_INTERVAL_SECONDS": "0", "OPSTAGE_AGENT_OFFLINE_THRESHOLD_SECONDS": "600"}
"""Nothing changes by time alone."""


async def made(operator: Operator, **headers: str) -> httpx.Response:
    sent = {"X-CSRF-Token": operator.csrf} | headers
    return await operator.client.post("/api/admin/backup/sqlite", headers=sent)


async def test_a_backup_is_answered_kept_listed_and_audited(server: Server, operator: Operator) -> None:
    answer = await made(operator)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/octet-stream")
    name = answer.headers["Content-Disposition"].removeprefix("attachment; filename=")
    assert NAME.fullmatch(name)
    kept = server.folder / "data" / "backups" / name
    assert kept.read_bytes() == answer.content
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("SELECT username FROM users WHERE role = 'owner'").fetchone() == ("owner",)
    listed = await operator.get("/api/admin/backups")
    assert {"name": name, "sizeBytes": len(answer.content)}.items() <= listed[0].items()
    with closing(sqlite3.connect(server.folder / "data" / "opstage.db")) as database:
        told = database.execute(
            "SELECT actor_name, target_type FROM audit_events WHERE action = 'backup.sqlite.created'"
            " AND target_id = ?",
            (name,),
        ).fetchall()
    assert told == [("owner", "Backup")]


async def test_several_at_once_are_several(server: Server, operator: Operator) -> None:
    answers = await asyncio.gather(*(made(operator) for _ in range(3)))
    assert len({answer.headers["Content-Disposition"] for answer in answers}) == 3


@pytest.mark.parametrize("role", ["operator", "viewer"])
async def test_only_owners_make_and_see_backups(server: Server, operator: Operator, role: str) -> None:
    key = (await operator.post("/api/admin/api-keys", {"name": f"backup-{role}", "role": role}))["key"]
    async with server.client({"Authorization": f"Bearer {key}"}) as client:
        answers = [await client.post("/api/admin/backup/sqlite"), await client.get("/api/admin/backups")]
    assert [answer.json()["error"]["code"] for answer in answers] == ["FORBIDDEN", "FORBIDDEN"]


async def test_without_the_csrf_token_there_is_none(operator: Operator) -> None:
    answer = await made(operator, **{"X-CSRF-Token": "wrong"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "CSRF_INVALID")


async def test_the_clock_makes_them_and_the_newest_stay(tmp_path: Path) -> None:
    kept = {"OPSTAGE_BACKUP_INTERVAL_SECONDS": "1", "OPSTAGE_BACKUP_KEEP": "2"}
    server = Server(tmp_path, PATIENT | kept | {"OPSTAGE_BACKUP_DIR": str(tmp_path / "elsewhere")})
    await server.start()
    folder, seen = tmp_path / "elsewhere", set[str]()

    def tidied() -> bool:
        kept = {path.name for path in folder.glob("*.db")}
        seen.update(kept)
        assert all(name < min(kept) for name in seen - kept), "a newer one went before an older one"
        return len(seen) >= 3 and len(kept) == 2

    try:
        await until_true(tidied, "three backups by the clock, and the oldest to go")
    finally:
        assert await server.stop() == 0, server.log


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    server = Server(tmp_path, PATIENT | {"OPSTAGE_BACKUP_DIR": str(tmp_path / "file")})
    await server.start()
    try:
        async with server.operator() as operator:
            answer = await made(operator)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "DATABASE_UNAVAILABLE")
    finally:
        assert await server.stop() == 0, server.log


# --- restore ---------------------------------------------------------------------------------------

SHOWN: dict[str, dict[str, str]] = {
    "/api/admin/agents": {},
    "/api/admin/capsule-services": {},
    "/api/admin/commands": {"status": "SUCCEEDED", "pageSize": "100"},
    "/api/admin/registration-tokens": {},
    "/api/admin/api-keys": {},
}
MOVING = {
    "lastUsedAt",
    "status",
    "statusReason",
    "statusSince",
    "connection",
    # Said in the hello, and stored a moment after it.
    "sdk",
    "updatedAt",
    "lastHeartbeatAt",
    "labels",
}
"""What follows from who is connected now."""


async def picture(operator: Operator) -> dict[str, Any]:
    """What REST shows of everything that is stored."""
    found = {}
    for path, query in SHOWN.items():
        rows = await operator.get(path, **query)
        found[path] = [{key: row[key] for key in row.keys() - MOVING} for row in rows]
    return found


async def serve_commands(agent: RawAgent) -> None:
    """Answer every command at once."""
    while True:
        frame = await agent.hear("command")
        at = {"commandId": frame["commandId"], "attempt": frame["attempt"]}
        await agent.say(type="accept", **at)
        await agent.say(type="result", success=True, data={"n": 1}, **at)


async def run_commands(operator: Operator, service_id: str, ended: list[str]) -> None:
    """One command after the other."""
    while True:
        command = await operator.execute(service_id, "echo", {"text": str(len(ended))})
        await operator.finished(command["id"])
        ended.append(command["id"])


async def test_a_backup_made_at_full_speed_is_whole_and_serves(tmp_path: Path) -> None:
    limits = {"OPSTAGE_AGENT_MESSAGES_PER_SECOND": "1000", "OPSTAGE_AGENT_MESSAGES_BURST": "10000"}
    server = Server(tmp_path / "one", PATIENT | STILL | limits)
    server.folder.mkdir()
    await server.start()
    ended: list[str] = []
    try:
        async with server.operator() as operator:
            _, token = await register(server, operator, "busy")
            async with welcomed(server, token, "busy") as agent:
                service = await operator.service("busy")
                assert service is not None
                serving = asyncio.create_task(serve_commands(agent))
                working = [
                    asyncio.create_task(run_commands(operator, service["id"], ended)) for _ in range(4)
                ]
                await until_true(lambda: len(ended) >= 10, "commands to run")
                before = set(ended)
                answer = await made(operator)
                during = len(ended)
                await until_true(lambda: len(ended) >= during + 10, "commands to go on")
                await ended_all(working)
                await until(lambda: at_rest(operator), "the last commands to end")
                await ended_all([serving])
            quiet = await made(operator)
            shown = await picture(operator)
    finally:
        assert await server.stop() == 0, server.log

    busy, calm = tmp_path / "busy.db", tmp_path / "calm.db"
    busy.write_bytes(answer.content)
    calm.write_bytes(quiet.content)
    await check_busy(tmp_path / "two", busy, before, set(ended))
    await check_calm(tmp_path / "three", calm, shown)


async def ended_all(tasks: list[asyncio.Task[None]]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def at_rest(operator: Operator) -> bool:
    return not await operator.get("/api/admin/commands", status=["PENDING", "RUNNING"])


async def restored_server(folder: Path, backup: Path) -> Server:
    code, printed = await opstage("restore", str(backup), "--yes", OPSTAGE_DATA_DIR=str(folder / "data"))
    assert code == 0, printed
    server = Server(folder, PATIENT | STILL)
    await server.start()
    return server


async def check_busy(folder: Path, backup: Path, before: set[str], after: set[str]) -> None:
    """Everything that had ended before the backup is in it, nothing that began later than it."""
    server = await restored_server(folder, backup)
    try:
        async with server.operator() as operator:
            for command_id in before:
                assert (await operator.command(command_id))["result"]["data"] == {"n": 1}
            total = (await operator.client.get("/api/admin/commands")).json()["pagination"]["total"]
            assert len(before) <= total < len(after)
    finally:
        assert await server.stop() == 0, server.log


async def check_calm(folder: Path, backup: Path, shown: dict[str, Any]) -> None:
    """REST says the same on the restored database."""
    server = await restored_server(folder, backup)
    try:
        async with server.operator() as operator:
            assert await picture(operator) == shown
    finally:
        assert await server.stop() == 0, server.log
    code, printed = await opstage("audit", "verify", OPSTAGE_DATA_DIR=str(folder / "data"))
    assert code == 0, printed


async def test_the_command_line_backs_up_beside_a_server_and_restores_without_one(tmp_path: Path) -> None:
    server = Server(tmp_path, PATIENT | STILL)
    await server.start()
    data = {"OPSTAGE_DATA_DIR": str(tmp_path / "data")}
    try:
        code, printed = await opstage("backup", str(tmp_path / "mine.db"), **data)
        assert (code, "mine.db" in printed) == (0, True)
        refused(await opstage("backup", str(tmp_path / "mine.db"), **data), "does not exist yet")
        nowhere = tmp_path / "none" / "mine.db"
        refused(
            await opstage("backup", str(nowhere), **data),
            f"Error: {nowhere} cannot be written: No such file or directory.",
        )
        (tmp_path / "a-file").write_text("")
        unusable = data | {"OPSTAGE_BACKUP_DIR": str(tmp_path / "a-file")}
        refused(await opstage("backup", **unusable), "a-file cannot be written: File exists.")
        assert (await opstage("backup", **data))[0] == 0
        assert [
            NAME.fullmatch(path.name) is not None for path in (tmp_path / "data" / "backups").iterdir()
        ] == [True]
        refused(
            await opstage("restore", str(tmp_path / "mine.db"), "--yes", **data),
            "Another server",
            str(server.pid),
        )
        async with server.operator() as operator:
            await operator.registration_token("after the backup")
    finally:
        assert await server.stop() == 0, server.log
    code, printed = await opstage("restore", str(tmp_path / "mine.db"), said="n\n", **data)
    assert (code, "Restore it as" in printed) == (1, True)
    assert ": 1 user, 0 agents, " in printed
    assert not list((tmp_path / "data").glob("*restor*"))
    code, printed = await opstage("restore", str(tmp_path / "mine.db"), said="y\n", **data)
    assert (code, "before-restore" in printed) == (0, True), printed
    await server.start()
    try:
        async with server.operator() as operator:
            assert await operator.get("/api/admin/registration-tokens") == []
    finally:
        assert await server.stop() == 0, server.log


async def test_a_database_behind_a_link_is_restored_where_it_lies(tmp_path: Path) -> None:
    data = {"OPSTAGE_DATA_DIR": str(tmp_path / "data")}
    assert (await opstage("migrate", **data))[0] == 0
    assert (await opstage("backup", str(tmp_path / "mine.db"), **data))[0] == 0
    link, volume = tmp_path / "data" / "opstage.db", tmp_path / "volume"
    volume.mkdir()
    link.rename(volume / "real.db")
    link.symlink_to(volume / "real.db")
    code, printed = await opstage("restore", str(tmp_path / "mine.db"), "--yes", **data)
    assert code == 0, printed
    assert link.readlink() == volume / "real.db"
    assert len(list(volume.glob("real.db.before-restore-*"))) == 1


async def test_a_changed_trail_is_restored_only_on_demand(tmp_path: Path) -> None:
    data = {"OPSTAGE_DATA_DIR": str(tmp_path / "data")}
    server = Server(tmp_path)
    await server.start()
    await server.stop()
    backup = tmp_path / "backup.db"
    assert (await opstage("backup", str(backup), **data))[0] == 0
    with closing(sqlite3.connect(backup)) as database:
        database.execute("UPDATE audit_events SET actor_name = 'somebody else'")
        database.commit()
    refused(await opstage("restore", str(backup), "--yes", **data), "--accept-audit-findings", "was changed")
    assert (await opstage("restore", str(backup), "--yes", "--accept-audit-findings", **data))[0] == 0


@pytest.mark.parametrize("arguments", [("backup",), ("restore", "none.db")])
async def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    refused(await opstage(*arguments, OPSTAGE_DATA_DIR=str(tmp_path)), "There is no")
    refused(await opstage(*arguments, DATABASE_URL="mysql://me:hunter2@x/y"), "expected a database file")


async def test_a_server_in_memory_forgets_with_its_process(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    server = Server(tmp_path, PATIENT | {"DATABASE_URL": ":memory:", "TMPDIR": str(temporary)})
    await server.start()
    async with server.operator() as operator:
        await operator.registration_token("gone soon")
        assert (await made(operator)).status_code == 200
    assert await server.stop() == 0, server.log
    assert list(temporary.iterdir()) == []
    await server.start()
    async with server.operator() as operator:
        assert await operator.get("/api/admin/registration-tokens") == []
        await until(lambda: operator.get("/api/admin/backups"), "the backup of before")
    assert await server.stop() == 0, server.log
