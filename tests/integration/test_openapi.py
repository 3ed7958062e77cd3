"""The description of the calls: complete, served, and true when requests are made out of it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.raw_agent import register, welcomed
from tests.support.server import PATIENT, Operator, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance"
EXAMPLES = 12
"""Per call, on top of the systematic coverage of each schema."""
SEED = 4
CALLS = "/openapi.json"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def described(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server of its own: what is made up here would disturb other tests. The bus is on, limits are off."""
    settings = PATIENT | {
        "OPSTAGE_CAPSULE_BUS_ENABLED": "true",
        "OPSTAGE_AGENT_CALLS_PER_MINUTE": "0",
        "OPSTAGE_REGISTRATIONS_PER_MINUTE": "0",
    }
    server = Server(tmp_path_factory.mktemp("described"), settings)
    await server.start()
    yield server
    assert await server.stop() == 0, server.log


async def test_the_document_names_every_call(described: Server) -> None:
    async with described.client() as client:
        document = (await client.get(CALLS)).json()
    assert document["openapi"].startswith("3.1")
    shapes = set(document["components"]["schemas"])
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named <= shapes
    assert {"/health", "/metrics", "/api/system/health"} <= set(document["paths"])
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            assert call["summary"], (method, path)
            assert {"200", "default"} <= set(call["responses"])


@pytest.mark.timeout(400)
async def test_requests_made_from_the_document_never_break_the_server_and_answers_fit_it(
    described: Server, tmp_path: Path
) -> None:
    async with described.operator() as operator:
        key = (await operator.post("/api/admin/api-keys", {"name": "maker", "role": "owner"}))["key"]
        agent_id, token = await _peopled(described, operator)
        ids = await _ids(operator, agent_id)
    # The agent first: an operator's calls may revoke it.
    for bearer, paths in ((token, "^/api/agents"), (key, "^/api/(admin|system)|^/metrics|^/health")):
        said = await _made_up(described, tmp_path, bearer, ids, paths)
        assert "No issues found" in said, said[-6000:]
    assert "Unexpected failure" not in described.log


async def _peopled(server: Server, operator: Operator) -> tuple[str, str]:
    """A connected agent with a service, for the calls that need one."""
    agent_id, token = await register(server, operator, "made-up")
    async with welcomed(server, token, "made-up"):
        pass
    return agent_id, token


async def _ids(operator: Operator, agent_id: str) -> dict[str, str]:
    shown = await operator.service("made-up")
    assert shown is not None
    return {"agentId": agent_id, "serviceId": shown["id"]}


async def _made_up(server: Server, folder: Path, bearer: str, ids: dict[str, str], paths: str) -> str:
    """What Schemathesis says about the calls whose path matches."""
    values = "\n".join(f'"path.{name}" = "{value}"' for name, value in ids.items())
    (folder / "schemathesis.toml").write_text(f"[parameters]\n{values}\n")
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "run", server.url + CALLS),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--warnings", "off", "--no-color"),
        *("-n", str(EXAMPLES), "--seed", str(SEED), "--request-timeout", "100"),
        *("-H", f"Authorization: Bearer {bearer}", "--include-path-regex", paths),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 300)
    text = printed.decode()
    assert process.returncode in {0, 1}, text[-3000:]
    return text
