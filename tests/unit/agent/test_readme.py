"""The library's README says what the library does."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from opstage_agent import Agent, ConfigItem, Context, Prepared
from opstage_agent import options as options_module
from opstage_agent.schema import Signature

README = (Path(__file__).parents[3] / "agent" / "README.md").read_text()
SOURCES = [path.read_text() for path in Path(inspect.getfile(options_module)).parent.glob("*.py")]


def test_the_quickstart_declares_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    run: list[str] = []
    monkeypatch.setattr(Agent, "run_forever", lambda agent: run.append(agent.code))
    names: dict[str, Any] = {}
    exec(example[1], names)
    assert run == ["link-checker"]
    assert list(names["check_now"].declared.input_schema["properties"]) == ["url", "depth"]
    assert len([line for line in example[1].splitlines() if line.strip()]) <= 12


def test_every_option_is_described_with_its_default() -> None:
    table = README.partition("## Options of")[2].partition("\n## ")[0]
    described = set(
        re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in table.splitlines() if "|" in row))
    )
    parameters = inspect.signature(Agent.__init__).parameters
    assert described == set(parameters) - {"self"}
    assert f"| {parameters['slots'].default} |" in table
    assert f"| {parameters['stop_grace'].default:g} s |" in table
    assert options_module.DEFAULT_URL in table
    assert str(options_module.DEFAULT_TOKEN_FILE) in table


def test_every_variable_is_described_and_no_other() -> None:
    read = {name for text in SOURCES for name in re.findall(r'"(OPSTAGE_[A-Z_]+)"', text)}
    assert set(re.findall(r"OPSTAGE_[A-Z_]+", README)) == read


@pytest.mark.parametrize(("start", "kind"), [("ConfigItem(", ConfigItem), ("Prepared(", Prepared)])
def test_parameters_shown_exist(start: str, kind: type) -> None:
    shown = set(re.findall(r"(\w+)=", README.partition(f"`{start}")[2].partition(")`")[0]))
    assert shown <= set(inspect.signature(kind).parameters)
    assert shown


def test_the_context_has_what_is_shown() -> None:
    text = README.partition("**Context.**")[2].partition("What the handler")[0]
    shown = set(re.findall(r"`(\w+)", text)) - {"ctx", "Context"}
    source = inspect.getsource(Context)
    assert all(re.search(rf"\b(def |self\.){name}\b", source) for name in shown)
    assert len(shown) >= 10


def test_action_options_shown_exist() -> None:
    shown = set(re.findall(r"(\w+)=", README.partition("`@agent.action(name=")[2].partition(")`")[0])) | {
        "name"
    }
    from opstage_agent.registry import declare_action

    accepted = set(inspect.signature(declare_action).parameters) - {"handler"}
    assert shown == accepted
    assert Signature(lambda: None).schema["properties"] == {}
