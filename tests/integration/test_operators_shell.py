"""The operators' commands against a real server and a real agent: what they print and how they end."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.command_line import Shell
from tests.support.programs import Worker, worker
from tests.support.raw_agent import register
from tests.support.server import PASSWORD, USERNAME, Operator, Server
from tests.support.upkeep import impatient
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

CODE = "shell-worker"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def busy(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worker]:
    async with (
        server.operator() as operator,
        worker(server, operator, CODE, tmp_path_factory.mktemp("worker")) as running,
    ):
        await until(lambda: _healthy(operator), "the worker to be healthy")
        yield running


async def _healthy(operator: Operator) -> bool:
    service = await operator.service(CODE)
    return service is not None and service["status"] == "HEALTHY"


async def test_login_keeps_a_key_of_its_own_where_only_its_user_reads_it(
    shell: Shell, server: Server
) -> None:
    kept = shell.home / "opstage" / "login.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text())["url"] == server.url


async def test_login_refuses_a_wrong_password_and_a_wrong_key(server: Server, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    wrong = await shell.run("login", server.url, "--username", USERNAME, said="wrong wrong wrong\n")
    assert (wrong.code, "Invalid username or password" in wrong.err) == (2, True)
    no_key = await shell.run("login", server.url, said="secret\n")
    assert (no_key.code, "opstage_key_" in no_key.err) == (1, True)
    unknown = await shell.run("login", server.url, said=f"opstage_key_{'a' * 43}\n")
    assert (unknown.code, "UNAUTHORIZED" in unknown.err) == (2, True)
    assert not (tmp_path / "opstage" / "login.json").exists()


async def test_without_a_login_it_says_how_to_get_one(tmp_path: Path) -> None:
    said = await Shell(tmp_path).run("agents")
    assert said.code == 1
    assert "opstage login" in said.err
    assert "OPSTAGE_API_KEY" in said.err


async def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    shell = Shell(tmp_path, OPSTAGE_URL="http://127.0.0.1:9", OPSTAGE_API_KEY="opstage_key_x")
    for command in ("services", "watch"):
        said = await shell.run(command)
        assert said.code == 1
        assert said.err == "Error: Cannot reach http://127.0.0.1:9: Connection refused.\n"


async def test_lists_print_tables_for_people_and_json_for_programs(shell: Shell, busy: Worker) -> None:
    table = await shell.run("services", "-q", CODE)
    assert table.code == 0
    assert [word in table.out for word in ("SERVICE", CODE, "HEALTHY")] == [True] * 3
    rows = (await shell.run("services", "-q", CODE, "--json")).json
    assert [row["code"] for row in rows] == [CODE]
    agents = (await shell.run("agents", "--status", "online", "-q", CODE, "--json")).json
    assert [row["status"] for row in agents] == ["ONLINE"]
    assert "No services." in (await shell.run("services", "-l", "env=nowhere")).out


async def test_a_bad_filter_is_refused_with_the_field(shell: Shell) -> None:
    said = await shell.run("agents", "--status", "asleep")
    assert said.code == 2
    assert "status: Expected one of" in said.err


async def test_one_service_is_shown_with_its_actions(shell: Shell, busy: Worker) -> None:
    shown = await shell.run("services", CODE)
    assert [word in shown.out for word in ("ACTION", "work", "fail")] == [True] * 3
    for near in ("shell-worke", "shlel-worker"):
        missing = await shell.run("services", near)
        assert (missing.code, f"Did you mean {CODE}" in missing.err) == (1, True)


async def test_run_follows_the_output_and_ends_as_the_command_does(shell: Shell, busy: Worker) -> None:
    done = await shell.run("run", CODE, "work", "--input", "seconds=0.2", "--follow")
    assert done.code == 0, done.err
    assert [f"step {number}" for number in range(20)] == done.out.splitlines()[:20]
    assert "SUCCEEDED" in done.err
    failed = await shell.run("run", CODE, "fail", "--follow")
    assert failed.code == 1
    assert "told to fail" in failed.err


async def test_run_prints_the_id_and_commands_show_it(shell: Shell, busy: Worker) -> None:
    begun = await shell.run("run", CODE, "work")
    command_id = begun.out.strip()
    assert command_id.startswith("cmd_")
    followed = await shell.run("commands", command_id, "--follow", "--json")
    assert (followed.code, followed.json["status"]) == (0, "SUCCEEDED")
    listed = (await shell.run("commands", "--service", CODE, "--json")).json
    assert command_id in {row["id"] for row in listed}
    assert "SUCCEEDED" in (await shell.run("commands", command_id)).out


async def test_bad_input_is_refused_before_anything_runs(shell: Shell, busy: Worker) -> None:
    ran = len(busy.ran)
    for arguments, word in (
        (("--input", "seconds=soon"), "expected number"),
        (("--input", "seconds"), "key=value"),
        (("--input-json", "[1]"), "JSON object"),
        (("--input-json", '{"seconds": "x"}'), "seconds"),
    ):
        said = await shell.run("run", CODE, "work", *arguments)
        assert (said.code, word in said.err) == (2, True)
    unknown = await shell.run("run", CODE, "wrok")
    assert "it has: " in unknown.err
    assert len(busy.ran) == ran


async def test_cancel_ends_a_followed_command_with_its_own_exit_code(shell: Shell, busy: Worker) -> None:
    begun = (await shell.run("run", CODE, "work", "--input", "seconds=30")).out.strip()
    following = await shell.start("commands", begun, "--follow")
    assert following.stdout is not None
    assert (await asyncio.wait_for(following.stdout.readline(), 60)).startswith(b"step")
    cancelled = await shell.run("cancel", begun)
    assert cancelled.code == 0
    assert await asyncio.wait_for(following.wait(), 60) == 4


async def test_ctrl_c_leaves_the_command_running_and_says_so(shell: Shell, busy: Worker) -> None:
    process = await shell.start("run", CODE, "work", "--input", "seconds=30", "--follow")
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGINT)
    _, told = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 130
    assert b"Still running" in told
    command_id = told.decode().split("opstage cancel ")[1].split()[0]
    assert (await shell.run("commands", command_id, "--json")).json["status"] == "RUNNING"
    assert (await shell.run("cancel", command_id)).code == 0


async def test_watch_tells_each_change_of_status(
    shell: Shell, server: Server, operator: Operator, tmp_path: Path
) -> None:
    watching = await shell.start("watch", "--json")
    assert watching.stdout is not None
    try:
        await _is_watching(watching.stdout, server, operator)
        async with worker(server, operator, "watched-worker", tmp_path) as running:
            seen = await _row_of(watching.stdout, "watched-worker", "HEALTHY")
            assert seen["kind"] == "service"
            await running.end(signal.SIGKILL)
            async with impatient(operator):
                lost = await _row_of(watching.stdout, "watched-worker", "OFFLINE")
            assert lost["statusReason"]
    finally:
        watching.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(watching.wait(), 60) == 0


async def _is_watching(stream: asyncio.StreamReader, server: Server, operator: Operator) -> None:
    """Make changes until one is told: what there is when it begins to watch is not."""
    first = asyncio.ensure_future(stream.readline())
    for number in itertools.count():
        await register(server, operator, f"noticed-{number}")
        if (await asyncio.wait({first}, timeout=0.5))[0]:
            return


async def _row_of(stream: asyncio.StreamReader, code: str, status: str) -> dict[str, str]:
    async with asyncio.timeout(60):
        while True:
            row: dict[str, str] = json.loads(await stream.readline())
            if row["kind"] == "service" and (row["code"], row["status"]) == (code, status):
                return row


async def test_a_token_is_made_listed_and_revoked(shell: Shell) -> None:
    arguments = (
        "--name",
        "shell",
        "--expires",
        "2h",
        "--max-uses",
        "3",
        "--codes",
        "mail-*",
        "--label",
        "env=test",
    )
    made = (await shell.run("token", "create", *arguments, "--json")).json
    assert made["token"].startswith("opstage_reg_")
    assert (made["maxUses"], made["codePattern"], made["labels"]) == (3, "mail-*", {"env": "test"})
    assert made["id"] in {row["id"] for row in (await shell.run("token", "list", "--json")).json}
    assert "REVOKED" in (await shell.run("token", "revoke", made["id"])).out
    for option, word in (("--expires", "30m"), ("--label", "key=value")):
        said = await shell.run("token", "create", option, "soon")
        assert (said.code, word in said.err) == (2, True)


async def test_a_token_with_a_hostile_name_does_not_reach_the_terminal(
    shell: Shell, operator: Operator
) -> None:
    made = await operator.post("/api/admin/registration-tokens", {"name": "\x1b]0;owned\x07"})
    said = await shell.run("token", "revoke", made["id"])
    assert said.out == "\\u001b]0;owned\\u0007 is REVOKED.\n"


async def test_a_key_that_was_revoked_is_refused_with_the_reason_live_too(
    server: Server, operator: Operator, tmp_path: Path
) -> None:
    made = await operator.post("/api/admin/api-keys", {"name": "lost"})
    await operator.post(f"/api/admin/api-keys/{made['id']}/revoke")
    shell = Shell(tmp_path, OPSTAGE_URL=server.url, OPSTAGE_API_KEY=made["key"])
    for command in ("agents", "watch"):
        said = await shell.run(command)
        assert (said.code, said.err) == (2, "Error: The API key was revoked. (UNAUTHORIZED)\n")


async def test_audit_names_the_call_that_was_refused(shell: Shell) -> None:
    await shell.run("cancel", "cmd_audited-refusal")
    seen = (await shell.run("audit", "--action", "request.failed")).out
    assert "POST /api/admin/commands/cmd_audited-refusal/cancel: COMMAND_NOT_FOUND" in seen


async def test_audit_lists_who_did_what(shell: Shell, busy: Worker) -> None:
    await shell.run("run", CODE, "work", "--follow")
    rows = (await shell.run("audit", "--action", "service.action.requested", "--json")).json
    assert rows[0]["actorName"].startswith("key:")
    assert "service.action.requested" in (await shell.run("audit", "--limit", "20")).out


async def test_completion_knows_services_and_actions(shell: Shell, busy: Worker) -> None:
    script = await shell.run("completion", "bash")
    assert "_OPSTAGE_COMPLETE" in script.out
    words = {"_OPSTAGE_COMPLETE": "bash_complete"}
    services = await shell.run(COMP_WORDS="opstage run shell-w", COMP_CWORD="2", **words)
    assert CODE in services.out
    actions = await shell.run(COMP_WORDS=f"opstage run {CODE} wo", COMP_CWORD="3", **words)
    assert "work" in actions.out


async def test_the_help_lists_every_command_in_its_section(shell: Shell) -> None:
    said = await shell.run("--help")
    assert "From anywhere, with an API key" in said.out
    assert [name in said.out for name in ("login", "watch", "run", "serve", "audit")] == [True] * 5


async def test_logout_forgets_the_key(server: Server, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    await shell.run("login", server.url, "--username", USERNAME, said=f"{PASSWORD}\n")
    assert "gone" in (await shell.run("logout")).out
    assert (await shell.run("agents")).code == 1
