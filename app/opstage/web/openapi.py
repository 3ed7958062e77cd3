"""``/openapi.json``: OpenAPI 3.1 made of the operations, with quart-schema as the frame.

quart-schema walks the routes; the shapes come from ``operation.py``, so that what is documented is
what is checked. ``/api-docs.html`` shows it with the console's own files.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec
from quart import Quart
from quart_schema import APIKeySecurityScheme, HttpSecurityScheme, Info, OpenAPIProvider, QuartSchema
from werkzeug.routing.rules import Rule

from opstage.core.access import Capability, Role, allows
from opstage.web.operation import ATTRIBUTE, Caller, Operation

REF = "#/components/schemas/{name}"
TITLE = "Opstage"
ABOUT = """The REST calls of this server. Success is always 200 with `{"success": true, "data": …}`.

To try calls here, authorize with an API key (`opstage_key_…`). In the browser in which you are signed in to
the console, calls that read work as they are; those that change something need the CSRF token of
`GET /api/admin/auth/csrf` too.
"""
_PATH = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "operator": [{"session": [], "csrf": []}, {"session": []}, {"apiKey": []}],
    Caller.AGENT: [{"agentToken": []}],
    Caller.PUBLIC: [],
}


class Failure(msgspec.Struct):
    """Why a call was refused. ``details`` comes with 4xx only."""

    code: str
    message: str
    details: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Refusal(msgspec.Struct):
    """The answer to a call that was refused."""

    error: Failure
    success: bool = False


class Pagination(msgspec.Struct, rename="camel"):
    """Which page this is; ``total`` counts what matches on all pages."""

    page: int
    page_size: int
    total: int


def install_openapi(app: Quart, version: str) -> None:
    """Serve ``/openapi.json``."""
    QuartSchema(
        app,
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info=Info(title=TITLE, version=version, description=ABOUT),
        security_schemes={
            "session": APIKeySecurityScheme(name="opstage_session", in_="cookie"),
            "csrf": APIKeySecurityScheme(name="X-CSRF-Token", in_="header"),
            "apiKey": HttpSecurityScheme(scheme="bearer"),
            "agentToken": HttpSecurityScheme(scheme="bearer"),
        },
        conversion_preference="msgspec",
        openapi_provider_class=Provider,
    )


class Provider(OpenAPIProvider):
    """Paths and components out of the operations. ValueError when two shapes share a name."""

    _whole: dict[str, Any] | None = None

    def schema(self) -> dict[str, Any]:
        """The whole document, made once: anybody may ask for it, and making it holds up everybody."""
        if self._whole is None:
            self._components = _Components()
            self._whole = super().schema()
        return self._whole

    def generate_rules(self) -> Any:
        """The routes that are operations."""
        return [rule for rule in super().generate_rules() if self._operation(rule) is not None]

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """One path with its methods, and the components it refers to."""
        described, handler = self._operation(rule), self._app.view_functions[rule.endpoint]
        assert described is not None
        built = self._built(described, handler, rule, self._components)
        path = _PATH.sub(lambda found: "{" + _camel(found[1]) + "}", rule.rule)
        methods = {
            method.lower(): {**built, "operationId": f"{rule.endpoint.replace('.', '_')}"}
            for method in self.generate_methods(rule)
        }
        return {path: methods}, self._components.found

    def _operation(self, rule: Rule) -> Operation | None:
        found: Operation | None = getattr(self._app.view_functions[rule.endpoint], ATTRIBUTE, None)
        return found

    @staticmethod
    def _built(described: Operation, handler: Any, rule: Rule, components: _Components) -> dict[str, Any]:
        summary, *rest = (inspect.getdoc(handler) or described.what).splitlines()
        built: dict[str, Any] = {
            "summary": summary,
            "description": "\n".join([_who(described), *rest]).strip(),
            "tags": [_tag(rule.rule)],
            "security": _SECURITY.get(described.who, _SECURITY["operator"]),
            "parameters": [
                {"name": _camel(name), "in": "path", "required": True, "schema": {"type": "string"}}
                for name in rule.arguments
            ],
            "responses": {"200": _success(described, components), "default": _failure(components)},
        }
        if described.query is not None:
            built["parameters"] += _parameters(described.query, components)
        if described.body is not None:
            built["requestBody"] = {
                "content": {"application/json": {"schema": components.of(described.body)}}
            }
        return built


class _Components:
    """Gathers the schemas that are referred to."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def of(self, shape: Any) -> dict[str, Any]:
        (schema,), more = msgspec.json.schema_components([shape], ref_template=REF)
        for name, each in more.items():
            if self.found.setdefault(name, each) != each:
                raise ValueError(f"two shapes are called {name}")
        return schema


def _tag(path: str) -> str:
    """What the calls of one kind are gathered under."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["api", "admin"]:
        return parts[2].replace("-", " ")
    return "calls of agents" if parts[:2] == ["api", "agents"] else "public"


def _who(described: Operation) -> str:
    if described.who is Caller.PUBLIC:
        return "Anybody may call this."
    if described.who is Caller.AGENT:
        return "For the agent of the path, with its token."
    roles = [role for role in Role if allows(role, Capability(described.who))]
    return f"Roles: {', '.join(roles)}."


def _success(described: Operation, components: _Components) -> dict[str, Any]:
    if described.media != "application/json":
        schema: dict[str, Any] = {"type": "string"}
        return {"description": "Success.", "content": {described.media: {"schema": schema}}}
    if described.bare:
        schema = components.of(described.answer)
        return {"description": "Success.", "content": {described.media: {"schema": schema}}}
    properties: dict[str, Any] = {"success": {"const": True}}
    if described.answer is not None:
        data = components.of(described.answer)
        properties["data"] = {"type": "array", "items": data} if described.listed else data
    if described.listed:
        properties["pagination"] = components.of(Pagination)
    envelope = {"type": "object", "properties": properties, "required": list(properties)}
    content: dict[str, Any] = {"application/json": {"schema": envelope}}
    content |= {media: {"schema": {"type": "string"}} for media in described.others}
    return {"description": "Success.", "content": content}


def _failure(components: _Components) -> dict[str, Any]:
    content = {"application/json": {"schema": components.of(Refusal)}}
    return {"description": "A refusal.", "content": content}


def _parameters(query: Any, components: _Components) -> list[dict[str, Any]]:
    components.of(query)
    schema = components.found.pop(query.__name__)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema["properties"].items()
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
