"""What a service declares, and the schema that comes from a signature."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import pytest

from opstage_agent.context import Context
from opstage_agent.errors import ConfigurationError, PayloadInvalid
from opstage_agent.registry import Service, declare_action
from opstage_agent.schema import Signature, camel, words
from opstage_agent.values import Prepared
from opstage_agent.wire import DangerLevel


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Window:
    start: int
    end: int = 10


@dataclass
class Tree:
    children: list[Tree]


async def check_now(
    ctx: Context,
    url: str,
    max_depth: int = 1,
    ratio: float | None = None,
    color: Color = Color.RED,
    mode: Literal["fast", "full"] = "fast",
    tags: list[str] = ["a"],  # noqa: B006 - a mutable default must not be shared between runs
    window: Window = Window(1),  # noqa: B008
    secret: Annotated[str, msgspec.Meta(min_length=3, extra_json_schema={"format": "password"})] = "abc",
) -> None:
    """Looks at one address.

    And at what it links to.

    Args:
        url: Where to begin.
        max_depth (int): How far to go.
    """
    tags.append("changed")


def test_names() -> None:
    assert [camel(name) for name in ("check_now", "check", "_a_b", "checkNow", "__")] == [
        "checkNow",
        "check",
        "aB",
        "checkNow",
        "__",
    ]
    assert [words(name) for name in ("check_now", "checkNow", "link")] == ["Check now", "Check now", "Link"]


def test_schema_of_a_signature() -> None:
    schema = Signature(check_now).schema
    assert schema["type"] == "object"
    assert schema["required"] == ["url"]
    properties = schema["properties"]
    assert properties["url"] == {"title": "Url", "type": "string", "description": "Where to begin."}
    assert properties["maxDepth"] == {
        "title": "Max depth",
        "type": "integer",
        "default": 1,
        "description": "How far to go.",
    }
    assert properties["ratio"] == {"title": "Ratio", "type": "number"}
    assert properties["color"] == {"title": "Color", "enum": ["blue", "red"], "default": "red"}
    assert properties["mode"] == {"title": "Mode", "enum": ["fast", "full"], "default": "fast"}
    assert properties["tags"]["default"] == ["a"]
    assert properties["window"]["properties"]["end"] == {"type": "integer", "default": 10}
    assert properties["window"]["default"] == {"start": 1, "end": 10}
    assert (properties["secret"]["format"], properties["secret"]["minLength"]) == ("password", 3)
    assert "$defs" not in schema
    assert "ctx" not in properties


def test_a_type_that_contains_itself_stays_a_reference() -> None:
    def plant(tree: Tree) -> None: ...

    schema = Signature(plant).schema
    assert "Tree" in schema["$defs"]
    assert '"$ref":"#/$defs/Tree"' in msgspec.json.encode(schema).decode()


def test_payloads_become_typed_arguments() -> None:
    arguments = Signature(check_now).arguments(
        {"url": "u", "maxDepth": 3, "color": "blue", "window": {"start": 5}, "unknown": 1}
    )
    assert arguments["color"] is Color.BLUE
    assert arguments["window"] == Window(5, 10)
    assert (arguments["max_depth"], arguments["ratio"]) == (3, None)


def test_defaults_are_not_shared_between_runs() -> None:
    signature = Signature(check_now)
    signature.arguments({"url": "u"})["tags"].append("b")
    assert signature.arguments({"url": "u"})["tags"] == ["a"]


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        ({}, "url"),
        ({"url": 1}, "$.url"),
        ({"url": "u", "maxDepth": "3"}, "$.maxDepth"),
        ({"url": "u", "color": "green"}, "$.color"),
        ({"url": "u", "secret": "a"}, "$.secret"),
        ({"url": "u", "window": {}}, "$.window"),
    ],
)
def test_payloads_that_do_not_fit_say_where(payload: dict[str, Any], where: str) -> None:
    with pytest.raises(PayloadInvalid, match=where.replace("$", r"\$")) as caught:
        Signature(check_now).arguments(payload)
    assert caught.value.code == "ACTION_PAYLOAD_INVALID"


def test_every_argument_that_does_not_fit_is_named_with_its_path() -> None:
    def work(ctx: Any, to_whom: list[Window], count: int, ratio: float = 0.5) -> None: ...

    with pytest.raises(PayloadInvalid) as caught:
        Signature(work).arguments({"toWhom": [{"start": 1}, {"start": "x"}], "ratio": "much"})

    assert caught.value.details is not None
    assert {issue["path"]: issue["message"] for issue in caught.value.details["issues"]} == {
        "toWhom.1.start": "Expected `int`, got `str`",
        "count": "A value is required.",
        "ratio": "Expected `float`, got `str`",
    }


def test_sphinx_notes_and_missing_annotations() -> None:
    def work(_ctx: Any, name, size=3):  # type: ignore[no-untyped-def]
        """Works.

        :param name: Of whom.
        """

    signature = Signature(work)
    assert signature.description == "Works."
    assert signature.schema["properties"]["name"]["description"] == "Of whom."
    assert signature.arguments({"name": [1]}) == {"name": [1], "size": 3}


def star(*numbers: int) -> None: ...


def double_star(**numbers: int) -> None: ...


def positional(number: int, /) -> None: ...


def strange(thing: Context) -> None: ...


def not_json(first: int, thing: object()) -> None: ...  # type: ignore[valid-type]


def unresolved(thing: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("handler", [star, double_star, positional, not_json, unresolved])
def test_signatures_that_cannot_come_from_json_are_refused(handler: Any) -> None:
    with pytest.raises(ConfigurationError, match=handler.__name__):
        Signature(handler)


def test_the_context_is_known_by_its_type_too() -> None:
    assert Signature(strange).context_parameter == "thing"
    assert Signature(strange).schema["properties"] == {}


def test_an_action_takes_name_label_and_description_from_its_function() -> None:
    declared = declare_action(check_now, danger="HIGH", confirm=True, timeout=60, retry_safe=True).declared
    assert (declared.name, declared.label) == ("checkNow", "Check now")
    assert declared.description == "Looks at one address.\n\nAnd at what it links to."
    assert (declared.danger_level, declared.requires_confirmation) == (DangerLevel.HIGH, True)
    assert (declared.timeout_seconds, declared.retry_safe) == (60, True)


def test_a_declared_action_can_still_be_called() -> None:
    assert declare_action(lambda a, b: a + b, name="add")(1, b=2) == 3


@pytest.mark.parametrize("options", [{"danger": "EXTREME"}, {"timeout": 0}, {"timeout": -1}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        declare_action(check_now, **options)


@pytest.mark.parametrize("name", ["exec", "runShell", "bash", "sh", "runScript", "customCommand"])
def test_shell_like_actions_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="remote shell"):
        Service("shop").add(declare_action(check_now, name=name))


def test_an_action_name_is_unique() -> None:
    service = Service("shop")
    service.add(declare_action(check_now))
    with pytest.raises(ConfigurationError, match="checkNow"):
        service.add(declare_action(check_now))


@pytest.mark.parametrize("code", ["", "Shop", "-shop", "a" * 81, "a b", "ü"])
def test_codes_that_a_server_refuses_are_refused_here(code: str) -> None:
    with pytest.raises(ConfigurationError, match="code"):
        Service(code)


def test_the_manifest_is_complete_and_given_entries_win() -> None:
    service = Service("link-checker", version="2", manifest={"owner": "web", "agentMode": "sidecar"})
    assert service.name == "Link checker"
    assert service.manifest() == {
        "kind": "CapsuleService",
        "schemaVersion": "1.0",
        "code": "link-checker",
        "name": "Link checker",
        "version": "2",
        "runtime": "python",
        "agentMode": "sidecar",
        "owner": "web",
    }
    assert Service("a", runtime="rust").runtime == "other"


def test_a_form_without_a_prepare_handler_comes_from_the_catalogue() -> None:
    form = declare_action(check_now).form(None)
    assert form["action"]["inputSchema"] == Signature(check_now).schema
    assert form["initialPayload"]["maxDepth"] == 1
    assert "url" not in form["initialPayload"]


def test_a_prepared_form_lays_choices_values_and_entries_over_the_catalogue() -> None:
    action = declare_action(check_now)
    form = action.form(
        Prepared(
            initial={"url": "b"},
            choices={"url": ["a", "b"], "color": []},
            state={"n": 1},
            overlay={"label": "Other"},
        )
    )
    assert form["action"]["label"] == "Other"
    assert form["action"]["inputSchema"]["properties"]["url"]["enum"] == ["a", "b"]
    assert form["action"]["inputSchema"]["properties"]["color"]["enum"] == []
    assert (form["initialPayload"]["url"], form["initialPayload"]["maxDepth"]) == ("b", 1)
    assert form["currentState"] == {"n": 1}
    assert "enum" not in (action.declared.input_schema or {})["properties"]["url"]
