"""Registration and the token file."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.stand_in import Answer, StandIn, data, refusal, stand_in

from opstage_agent import enrol as enrol_module
from opstage_agent.enrol import Credentials, enrol, load, save
from opstage_agent.errors import ConfigurationError, RegistrationRefused, ServerUnreachable
from opstage_agent.rest import Rest

AGENT = {"code": "shop", "name": "Shop", "mode": "embedded", "runtime": "python"}
REGISTERED = data({"agentId": "agt_1", "agentToken": "opstage_agent_secret"})


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as running:
        running.answer("POST", "/api/agents/register$", REGISTERED)
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "agent-token.json"


async def enrolled(server: StandIn, file: Path, token: str | None = "opstage_reg_x") -> Credentials:
    async with Rest(server.url) as rest:
        return await enrol(rest, file, token, AGENT)


def look(file: Path) -> tuple[int, str, list[str]]:
    """Mode and content of the file, and what lies beside it."""
    beside = [path.name for path in file.parent.iterdir() if path != file]
    return stat.S_IMODE(file.stat().st_mode), file.read_text(), beside


def write(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)


def remove(file: Path) -> None:
    file.unlink()


async def test_registration_is_saved_for_the_owner_only(server: StandIn, file: Path) -> None:
    credentials = await enrolled(server, file)
    assert (credentials.agent_id, credentials.agent_token) == ("agt_1", "opstage_agent_secret")
    (call,) = server.calls
    assert call.body == {"registrationToken": "opstage_reg_x", "agent": AGENT}
    mode, content, beside = look(file)
    assert mode == 0o600
    assert set(json.loads(content)) == {"agentId", "agentToken", "savedAt"}
    assert beside == []


async def test_a_saved_identity_is_used_and_nothing_registered(server: StandIn, file: Path) -> None:
    await enrolled(server, file)
    again = await enrolled(server, file, None)
    assert again.agent_id == "agt_1"
    assert len(server.calls) == 1


async def test_a_deleted_file_registers_anew(server: StandIn, file: Path) -> None:
    await enrolled(server, file)
    remove(file)
    await enrolled(server, file)
    assert len(server.calls) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"agentId": 1}', '{"agentId": "a"}'])
async def test_a_corrupt_file_is_moved_aside_and_registers_anew(
    server: StandIn, file: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(file, content)
    await enrolled(server, file)
    assert load(file) is not None
    (aside,) = file.parent.glob("*.corrupt-*")
    assert aside.read_text() == content
    assert "is corrupt" in caplog.text


def test_a_file_others_could_read_is_closed(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(file, Credentials("agt_1", "opstage_agent_secret", ""))
    file.chmod(0o644)
    assert load(file) is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "0600" in caplog.text


async def test_neither_file_nor_token_is_said_with_both_names(server: StandIn, file: Path) -> None:
    with pytest.raises(ConfigurationError, match="OPSTAGE_REGISTRATION_TOKEN") as caught:
        await enrolled(server, file, None)
    assert str(file) in str(caught.value)
    assert server.calls == []


async def test_a_place_that_cannot_be_written_is_found_out_before_the_token_is_spent(
    server: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match=r"could not be|cannot be"):
        await enrolled(server, tmp_path / "file" / "agent-token.json")
    assert server.calls == []


async def test_a_folder_that_cannot_be_made_is_found_out_before_the_token_is_spent(server: StandIn) -> None:
    with pytest.raises(ConfigurationError, match="could not be written"):
        await enrolled(server, Path("/proc/opstage/agent-token.json"))
    assert server.calls == []


async def test_a_disk_that_fills_up_meanwhile_does_not_lose_the_identity(
    server: StandIn, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path, credentials: Credentials) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(enrol_module, "save", full)
    assert (await enrolled(server, file)).agent_id == "agt_1"
    assert "No space left" in caplog.text
    assert "opstage_agent_secret" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(401, "REGISTRATION_TOKEN_INVALID"), RegistrationRefused),
        (refusal(422, "VALIDATION_FAILED"), RegistrationRefused),
        (refusal(403, "AGENT_DISABLED"), RegistrationRefused),
        (refusal(503, "SERVICE_UNAVAILABLE", {"Retry-After": "7"}), ServerUnreachable),
        (refusal(429, "RATE_LIMITED", {"Retry-After": "7"}), ServerUnreachable),
        (Answer(502, b"<html>bad gateway</html>"), ServerUnreachable),
        (Answer(404, b"<html>not found</html>"), ServerUnreachable),
        (Answer(200, b"<html>a login page</html>"), ServerUnreachable),
        (Answer(301, b"", {"Location": "https://elsewhere/"}), ServerUnreachable),
    ],
)
async def test_refusals_are_told_from_trouble(
    server: StandIn, file: Path, answer: Answer, error: type[Exception]
) -> None:
    server.answer("POST", "register", answer)
    with pytest.raises(error) as caught:
        await enrolled(server, file)
    if isinstance(caught.value, ServerUnreachable):
        assert caught.value.retry_after == (7 if "Retry-After" in answer.headers else None)
    assert load(file) is None


async def test_no_server_is_trouble(file: Path) -> None:
    async with Rest("http://127.0.0.1:9") as rest:
        with pytest.raises(ServerUnreachable):
            await enrol(rest, file, "opstage_reg_x", AGENT)


@pytest.mark.parametrize("data_of_answer", [{}, {"agentId": 5, "agentToken": "x"}, None])
async def test_an_answer_of_another_shape_is_trouble(
    server: StandIn, file: Path, data_of_answer: Any
) -> None:
    server.answer("POST", "register", data(data_of_answer))
    with pytest.raises(ServerUnreachable):
        await enrolled(server, file)


async def test_proxies_of_the_environment_are_used(
    server: StandIn, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with Rest("http://opstage.example") as rest:
        await enrol(rest, file, "opstage_reg_x", AGENT)
    assert [call.target for call in server.calls] == ["http://opstage.example/api/agents/register"]


def test_credentials_do_not_show_the_token() -> None:
    assert "secret" not in repr(Credentials("agt_1", "opstage_agent_secret", ""))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_said(file: Path) -> None:
    save(file, Credentials("agt_1", "x", ""))
    file.chmod(0)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(file)
