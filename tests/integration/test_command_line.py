"""The command line as people meet it: what it says when something cannot be, and no traceback ever."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from tests.support.server import Server, environment, free_port
from tests.support.waiting import PATIENCE_SECONDS


async def opstage(*arguments: str, said: str = "", **settings: str) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "opstage", *arguments),
        env=environment(settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(process.communicate(said.encode()), 2 * PATIENCE_SECONDS)
    assert process.returncode is not None
    return process.returncode, printed.decode()


def refused(result: tuple[int, str], *words: str) -> None:
    """It failed with one line that holds these words."""
    code, printed = result
    assert code == 1
    assert "Traceback" not in printed
    for word in words:
        assert word in printed


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_bad_settings_are_named(command: str) -> None:
    settings = {"OPSTAGE_PORT": "abc", "OPSTAGE_SESSION_SECRET": "short"}
    refused(await opstage(command, **settings), "OPSTAGE_PORT", "'abc'", "OPSTAGE_SESSION_SECRET", "32")


@pytest.mark.parametrize("command", ["serve", "migrate"])
async def test_a_database_that_cannot_be_used_is_named(command: str, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.db"
    rubbish.write_text("this is no database, however long one looks at it " * 20)
    base = {"OPSTAGE_DATA_DIR": str(tmp_path), "OPSTAGE_PORT": str(free_port())}
    for url, word in (
        (f"file:{rubbish}", "not a database"),
        (f"file:{tmp_path}", str(tmp_path)),
        ("mysql://elsewhere/opstage", "expected a database file"),
    ):
        refused(await opstage(command, DATABASE_URL=url, **base), word)


async def test_a_start_that_fails_behind_the_open_database_ends_the_process(tmp_path: Path) -> None:
    (tmp_path / "session-secret").mkdir()
    settings = {"OPSTAGE_DATA_DIR": str(tmp_path), "OPSTAGE_PORT": str(free_port())}
    refused(await opstage("serve", **settings), "session-secret")


async def test_a_port_in_use_and_a_database_in_use_are_told(tmp_path: Path) -> None:
    server = Server(tmp_path)
    await server.start()
    try:
        data = str(tmp_path / "data")
        other = {"OPSTAGE_DATA_DIR": str(tmp_path / "other"), "OPSTAGE_PORT": str(server.port)}
        refused(await opstage("serve", **other), "Address already in use")
        same = {"OPSTAGE_DATA_DIR": data, "OPSTAGE_PORT": str(free_port())}
        refused(await opstage("serve", **same), "Another server", str(server.pid))
    finally:
        assert await server.stop() == 0


async def test_a_lost_password_is_set_anew_and_ends_every_session(tmp_path: Path) -> None:
    from tests.support.raw_operator import live

    server = Server(tmp_path)
    await server.start()
    try:
        async with server.operator() as operator, live(server, operator) as browser:
            await browser.follow("fleet")
            settings = {"OPSTAGE_DATA_DIR": str(tmp_path / "data")}
            refused(
                await opstage("user", "password", "nobody", said="a long new password\n", **settings),
                "nobody",
            )
            refused(await opstage("user", "password", "owner", said="short\n", **settings), "12")
            code, printed = await opstage(
                "user", "password", "owner", said="a long new password\n", **settings
            )
            assert (code, "changed" in printed) == (0, True)
            assert (await browser.closed())[0] == 4501
            await operator.sign_in(password="a long new password")
    finally:
        await server.stop()


async def test_migrate_makes_the_database_and_serve_keeps_its_secrets_to_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    code, printed = await opstage("migrate", OPSTAGE_DATA_DIR=str(data))
    assert (code, "up to date" in printed) == (0, True)
    server = Server(tmp_path, {})
    await server.start()
    try:
        kept = [data / name for name in ("opstage.db", "session-secret", "first-owner-password")]
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
        password = (data / "first-owner-password").read_text().strip()
        assert server.log.count(password) == 1
    finally:
        await server.stop()
    await server.start()
    try:
        assert server.log.count(password) == 1, "the first login is shown once"
    finally:
        await server.stop()
