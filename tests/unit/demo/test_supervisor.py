"""The supervisor with real processes: start, restart, report, stop, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.server import reserved_port
from tests.unit.demo.programs import (
    BROKEN,
    DEADLINE,
    SERVER,
    SERVICE,
    STUBBORN,
    alive,
    environment,
    pids,
    program,
    until,
)

from opstage.demo import supervisor
from opstage.demo.home import CHILD_VARIABLE
from opstage.demo.supervisor import Fleet, Program, service_program
from opstage.demo.tether import tethered


class Stage:
    """A fleet of tiny programs in a folder, and what its supervisor said."""

    def __init__(self, folder: Path) -> None:
        self._keeper = reserved_port()
        self.port = self._keeper.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server_pids, self.service_pids = folder / "server.pids", folder / "service.pids"
        self.log = folder / "logs" / "service.log"
        self.said: list[str] = []
        self._run: asyncio.Task[int] | None = None

    def begin(self, *, server: str = SERVER, service: str = SERVICE) -> asyncio.Task[int]:
        """Runs the fleet."""
        programs = [program("worker", service, str(self.service_pids), log=self.log)]
        first = program("server", server, str(self.port), str(self.server_pids))
        self._run = asyncio.create_task(Fleet(first, programs, self.url, self.said.append).run())
        return self._run

    async def started(self) -> None:
        """Returns when the worker runs and the supervisor has said so."""
        await until(lambda: bool(pids(self.service_pids)) and bool(self.said))

    async def close(self) -> None:
        """Stops what a test left running."""
        if self._run is not None and not self._run.done():
            self._run.cancel()
            await asyncio.gather(self._run, return_exceptions=True)
        self._keeper.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    yield made
    await made.close()


async def ended(run: asyncio.Task[int]) -> int:
    async with asyncio.timeout(DEADLINE):
        return await run


async def test_services_start_once_the_server_is_ready_and_all_stop_on_sigterm(stage: Stage) -> None:
    run = stage.begin()
    await stage.started()
    (server,), (service,) = pids(stage.server_pids), pids(stage.service_pids)
    assert str(server) in stage.said[0]
    assert stage.url in stage.said[0]
    os.kill(os.getpid(), signal.SIGTERM)
    assert await ended(run) == 0
    assert not alive(server)
    assert not alive(service)
    assert len(stage.said) == 1


async def test_output_of_a_service_goes_to_its_log(stage: Stage) -> None:
    stage.begin()
    await until(lambda: stage.log.exists() and stage.log.read_text() == "working\n")


async def test_a_service_that_dies_is_reported_and_not_restarted(stage: Stage) -> None:
    stage.begin()
    await stage.started()
    (service,) = pids(stage.service_pids)
    os.kill(service, signal.SIGKILL)
    await until(lambda: len(stage.said) == 2)
    assert stage.said[1] == (
        f"worker (process {service}) was ended by SIGKILL; start it again: opstage demo start worker"
    )
    assert pids(stage.service_pids) == [service]


async def test_a_server_that_dies_is_restarted_and_services_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.05)
    stage.begin()
    await stage.started()
    (first,), (service,) = pids(stage.server_pids), pids(stage.service_pids)
    os.kill(first, signal.SIGKILL)
    await until(lambda: len(pids(stage.server_pids)) == 2)
    assert alive(service)
    await until(lambda: "runs again" in stage.said[-1])
    assert "was ended by SIGKILL" in stage.said[1]


async def test_a_server_that_keeps_dying_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", 0.01)
    run = stage.begin()
    await stage.started()
    for death in range(1, 6):
        await until(lambda count=death: len(pids(stage.server_pids)) == count)  # type: ignore[misc]
        os.kill(pids(stage.server_pids)[-1], signal.SIGKILL)
    assert await ended(run) == 1
    assert "Giving up" in stage.said[-1]
    assert not alive(pids(stage.service_pids)[0])


async def test_a_server_that_never_gets_ready_ends_the_demo_without_services(stage: Stage) -> None:
    assert await ended(stage.begin(server=BROKEN)) == 1
    assert stage.said == [f"The server (process {pids(stage.server_pids)[0]}) ended with exit code 3."]
    assert pids(stage.service_pids) == []


async def test_a_taken_port_is_said_before_anything_starts(stage: Stage) -> None:
    other = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", stage.port)
    async with other:
        assert await ended(stage.begin()) == 1
    assert "already" in stage.said[0]
    assert pids(stage.server_pids) == []


async def test_who_ignores_sigterm_is_killed_in_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(supervisor, "HEAD_START_SECONDS", 0.1)
    run = stage.begin(service=STUBBORN)
    await stage.started()
    os.kill(os.getpid(), signal.SIGINT)
    assert await ended(run) == 0
    assert not alive(pids(stage.service_pids)[0])


SUPERVISOR = """
import asyncio, sys
from opstage.demo.supervisor import Fleet, Program
from opstage.demo.tether import tethered
server, service, url = eval(sys.argv[1])
import os
fleet = Fleet(Program("server", tethered(server), os.environ), [Program("worker", service, os.environ)], url)
asyncio.run(fleet.run())
"""


async def test_nothing_survives_a_supervisor_that_is_killed(stage: Stage) -> None:
    server = [sys.executable, "-c", SERVER, str(stage.port), str(stage.server_pids)]
    service = [sys.executable, "-c", SERVICE, str(stage.service_pids)]
    plan = repr((server, service, stage.url))
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SUPERVISOR, plan, env=environment(), stdout=asyncio.subprocess.DEVNULL
    )
    await until(lambda: bool(pids(stage.service_pids)))
    children = [*pids(stage.server_pids), *pids(stage.service_pids)]
    assert all(alive(child) for child in children)
    keeper.kill()
    await keeper.wait()
    await until(lambda: not any(alive(child) for child in children))


async def test_a_tethered_program_does_not_start_for_a_parent_that_is_gone() -> None:
    late = tethered([sys.executable, "-c", "print('started')"])
    late[3] = "1"
    child = await asyncio.create_subprocess_exec(
        *late, env=environment(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await child.communicate()
    assert (out, child.returncode) == (b"", 1)
    assert b"process 1 has ended" in error


def test_a_large_log_is_put_aside_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_BYTES", 10)
    path = tmp_path / "service.log"
    path.write_text("x" * 11)
    os.close(supervisor._open_log(path))
    assert (tmp_path / "service.log.1").read_text() == "x" * 11
    assert path.read_text() == ""


def test_a_service_gets_its_token_by_environment_and_none_of_the_servers_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSTAGE_SESSION_SECRET", "secret")
    made: Program = service_program("link-checker", "http://127.0.0.1:1", tmp_path, "opstage_reg_x")
    assert not any("opstage_reg_x" in part for part in made.argv)
    assert "opstage_reg_x" not in repr(made)
    ours = {key: value for key, value in made.env.items() if key.startswith("OPSTAGE_")}
    assert ours == {"OPSTAGE_REGISTRATION_TOKEN": "opstage_reg_x", CHILD_VARIABLE: "1"}
    assert made.log == tmp_path / "demo/link-checker/service.log"
