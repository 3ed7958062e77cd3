"""The command line where something is not as it should be: odd answers, files, keys, proxies and texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support import raw_agent
from tests.support.command_line import Shell
from tests.support.server import Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = "opstage_key_" + "x" * 43


@asynccontextmanager
async def answering(body: bytes, status: str = "200 OK") -> AsyncIterator[str]:
    """The address of a server that says the same to everybody."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "body",
    [
        *(b"[]", b"null", b'"x"', b"<html>", b"\xff", b"{}", b"[" * 100_000),
        *(
            b'{"success":true}',
            b'{"success":true,"data":null}',
            b'{"success":true,"data":[],"pagination":{}}',
        ),
        *(b'{"success":false,"error":"no"}', b'{"success":false,"error":{"details":{"issues":"x"}}}'),
    ],
)
async def test_an_answer_that_is_none_of_opstage_is_named(tmp_path: Path, body: bytes) -> None:
    async with answering(body) as url:
        said = await Shell(tmp_path, OPSTAGE_URL=url, OPSTAGE_API_KEY=KEY).run("services")

    assert (said.code, said.err) == (1, f"Error: {url} does not answer as an Opstage server does.\n")


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1:99999", "localhost:8080", "http://"])
@pytest.mark.parametrize("command", ["services", "watch"])
async def test_an_address_that_is_none_is_named(tmp_path: Path, url: str, command: str) -> None:
    said = await Shell(tmp_path, OPSTAGE_URL=url, OPSTAGE_API_KEY=KEY).run(command)

    assert said.code == 1
    assert "Cannot reach" in said.err


async def test_a_proxy_that_cannot_be_used_is_named(server: Server, tmp_path: Path) -> None:
    shell = Shell(tmp_path, OPSTAGE_URL=server.url, OPSTAGE_API_KEY=KEY)

    said = await shell.run("services", ALL_PROXY="what://127.0.0.1:1", NO_PROXY="")

    assert (said.code, "Cannot reach" in said.err) == (1, True)


@pytest.mark.parametrize("key", ["opstage_key_\u00e9", "opstage_key_a\nb", " ", "opstage_key_a b"])
async def test_a_key_that_cannot_be_sent_is_refused_without_being_told(
    server: Server, tmp_path: Path, key: str
) -> None:
    said = await Shell(tmp_path, OPSTAGE_URL=server.url, OPSTAGE_API_KEY=key).run("services")

    assert said.code == 1
    assert "characters that no key has" in said.err
    assert "opstage_key_" not in said.err


async def test_a_key_with_a_line_end_behind_it_works(
    server: Server, operator: Operator, tmp_path: Path
) -> None:
    key = (await operator.post("/api/admin/api-keys", {"name": "line end"}))["key"]

    said = await Shell(tmp_path, OPSTAGE_URL=server.url, OPSTAGE_API_KEY=f"{key}\r\n").run("agents")

    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize("kept", [b"", b"[]", b"{}", b'{"url":1,"key":2}', b"\xff", b"[" * 100_000])
async def test_a_file_that_keeps_no_key_is_named(tmp_path: Path, kept: bytes) -> None:
    file = tmp_path / "opstage" / "login.json"
    file.parent.mkdir()
    file.write_bytes(kept)

    said = await Shell(tmp_path).run("services")

    assert said.code == 1
    assert f"{file} cannot be read" in said.err


async def test_a_place_where_no_file_can_be_is_named(
    server: Server, operator: Operator, tmp_path: Path
) -> None:
    key = (await operator.post("/api/admin/api-keys", {"name": "no place"}))["key"]
    (tmp_path / "opstage" / "login.json").mkdir(parents=True)
    shell = Shell(tmp_path)

    login = await shell.run("login", server.url, said=f"{key}\r\n")
    logout = await shell.run("logout")

    assert (login.code, "cannot be written" in login.err) == (1, True)
    assert (logout.code, "cannot be removed" in logout.err) == (1, True)


async def test_an_id_leads_nowhere_else(server: Server, operator: Operator, tmp_path: Path) -> None:
    key = (await operator.post("/api/admin/api-keys", {"name": "lost", "role": "owner"}))["key"]

    said = await Shell(tmp_path, OPSTAGE_URL=server.url, OPSTAGE_API_KEY=key).run("commands", "../users?x")

    assert (said.code, said.out) == (2, "")
    assert "NOT_FOUND" in said.err


async def test_no_terminal_obeys_what_an_agent_says(
    server: Server, operator: Operator, tmp_path: Path
) -> None:
    key = (await operator.post("/api/admin/api-keys", {"name": "calm"}))["key"]
    agent_id, token = await raw_agent.register(server, operator, "loud")
    said_by_agent = "\x1b]0;owned\x07\x1b[31mred\x1b[0m \x9b2J \u202egnp"
    service = raw_agent.service(
        "loud-service", name="Loud", health={"status": "DOWN", "message": said_by_agent}
    )
    async with server.client() as client:
        headers = {"Authorization": f"Bearer {token}"}
        report = {"services": [service]}
        path = f"/api/agents/{agent_id}/services/report"
        Operator.unwrap(await client.post(path, json=report, headers=headers))
    shell = Shell(tmp_path, OPSTAGE_URL=server.url, OPSTAGE_API_KEY=key)

    for command in (["services", "-q", "loud"], ["services", "loud-service"], ["services", "--json"]):
        said = await shell.run(*command)
        assert "owned" in said.out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(said.out)
    assert (await shell.run("services", "-q", "loud", "--json")).json[0]["healthMessage"] == said_by_agent
