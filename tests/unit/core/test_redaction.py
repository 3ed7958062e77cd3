"""What is hidden, what must stay, and that nothing secret gets through at any depth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opstage.core.redaction import (
    DEEPEST,
    REDACTED,
    is_secret_key,
    mask_token_values,
    mask_tokens,
    redact,
)

SECRET_KEYS = [
    "token", "accessToken", "tokenCount", "clientSecret", "PASSWORD", "cookie", "Authorization",
    "apiKey", "api_key", "X-Api-Key", "generatedKey", "rawKey", "plainTextKey", "privateKey",
    "private_key", "credential", "credentials", "passphrase", "accessKey", "AWS_ACCESS_KEY_ID",
    "passwd", "dbPwd",
]  # fmt: skip
HARMLESS_KEYS = ["apiKeys", "apiKeyId", "secretRef", "secret_ref", "key", "name", "author", "pass", "keys"]


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_values_under_secret_keys_are_replaced_whatever_they_are(key: str) -> None:
    for value in ("x", 1, None, True, ["x"], {"a": 1}):
        assert redact({key: value}) == {key: REDACTED}


@pytest.mark.parametrize("key", HARMLESS_KEYS)
def test_values_under_harmless_keys_stay(key: str) -> None:
    assert redact({key: "env:NAME"}) == {key: "env:NAME"}


def test_schema_properties_keep_their_names_and_lose_their_secret_values() -> None:
    schema = {
        "type": "object",
        "properties": {
            "password": {"type": "string", "format": "password", "default": "hunter2", "examples": ["a"]},
            "depth": {"type": "integer", "default": 3},
            "token": True,
        },
        "required": ["password"],
    }
    assert redact({"inputSchema": schema}) == {
        "inputSchema": {
            "type": "object",
            "properties": {
                "password": {
                    "type": "string",
                    "format": "password",
                    "default": REDACTED,
                    "examples": REDACTED,
                },
                "depth": {"type": "integer", "default": 3},
                "token": True,
            },
            "required": ["password"],
        }
    }


def test_schemas_inside_schemas_are_recognised() -> None:
    inner = {"type": "object", "properties": {"password": {"type": "string"}}}
    outer = {"type": "object", "properties": {"login": inner}}
    assert redact(outer) == outer


@pytest.mark.parametrize(
    "data",
    [
        {"properties": {"password": "hunter2"}},
        {"properties": {"password": {"value": "hunter2"}}},
        {"type": "object", "properties": {"password": "hunter2"}},
        {"type": "object", "properties": {"password": ["hunter2"]}},
        {"type": "object", "properties": [{"password": "hunter2"}]},
        {"type": "object", "properties": {"a": {"password": "hunter2"}}},
        {"type": "object", "properties": {"password": {"const": "hunter2"}}},
        {"type": "object", "properties": {"password": {"enum": ["hunter2"]}}},
        {"$schema": "x", "properties": {"password": {"password": "hunter2"}}},
    ],
)
def test_data_that_looks_like_a_schema_hides_nothing(data: Any) -> None:
    assert "hunter2" not in str(redact(data))


def nested(levels: int, inside: Any) -> Any:
    for _ in range(levels):
        inside = {"a": [inside]}
    return inside


@pytest.mark.parametrize("levels", [1, 30, 49, 50, 51, 400])
def test_nothing_secret_is_deep_enough_to_get_through(levels: int) -> None:
    data = nested(levels, {"password": "hunter2", "text": "opstage_reg_hunter2"})
    assert "hunter2" not in str(redact(data)).replace("opstage_reg_hunter2", "")
    assert "hunter2" not in str(mask_token_values(data)).replace("'password': 'hunter2'", "")


def test_what_is_too_deep_to_look_into_is_replaced() -> None:
    assert REDACTED in str(redact(nested(DEEPEST, 1)))
    assert REDACTED not in str(redact(nested(DEEPEST // 2 - 1, 1)))


keys = st.sampled_from([*SECRET_KEYS, *HARMLESS_KEYS, "type", "properties", "a"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["object", "x", "opstage_agent_ab_c-D"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=25,
)


@given(value=json_values)
def test_redacting_twice_is_redacting_once(value: Any) -> None:
    once = redact(value)
    assert redact(once) == once
    masked = mask_token_values(value)
    assert mask_token_values(masked) == masked


@given(value=json_values)
def test_no_secret_key_holds_a_plain_value(value: Any) -> None:
    def leaves(node: Any, under_secret: bool) -> None:
        if isinstance(node, dict):
            for key, item in node.items():
                leaves(item, is_secret_key(key))
        elif isinstance(node, list):
            assert not under_secret
            for item in node:
                leaves(item, False)
        elif under_secret:
            assert node == REDACTED or isinstance(node, bool)

    leaves(redact(value), False)


@given(value=json_values)
def test_the_shape_outside_of_secrets_stays(value: Any) -> None:
    def same(before: Any, after: Any) -> bool:
        if after == REDACTED:
            return True
        if isinstance(before, dict):
            return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
        if isinstance(before, list):
            return len(before) == len(after) and all(map(same, before, after))
        return bool(before == after)

    assert same(value, redact(value))


def test_redacting_leaves_the_original_alone() -> None:
    original = {"a": [{"password": "x"}]}
    redact(original)
    assert original == {"a": [{"password": "x"}]}


@pytest.mark.parametrize("kind", ["reg", "agent"])
def test_a_raw_token_is_masked_after_its_fixed_prefix(kind: str) -> None:
    masked = mask_tokens(f"got opstage_{kind}_Ab_C-d_9, then left")
    assert masked == f"got opstage_{kind}_{REDACTED}, then left"


@given(body=st.text("abcXYZ019_-", min_size=1, max_size=43), around=st.text("abc .:/", max_size=5))
def test_no_part_of_a_token_survives(body: str, around: str) -> None:
    assert mask_tokens(f"{around} opstage_reg_{body} ") == f"{around} opstage_reg_{REDACTED} "


def test_masking_values_leaves_keys_alone() -> None:
    assert mask_token_values({"tokenCount": 3, "opstage_reg_a": ["opstage_reg_b"]}) == {
        "tokenCount": 3,
        "opstage_reg_a": [f"opstage_reg_{REDACTED}"],
    }
