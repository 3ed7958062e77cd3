"""What a service declares of itself: health, configuration, actions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar

from opstage_agent import wire
from opstage_agent.errors import ConfigurationError
from opstage_agent.schema import Signature, camel, words
from opstage_agent.values import ConfigItem, Health, Prepared
from opstage_agent.wire import DangerLevel

P = ParamSpec("P")
R = TypeVar("R")

HealthAnswer = Health | str | Mapping[str, Any]
HealthProvider = Callable[[], HealthAnswer | Awaitable[HealthAnswer]]
ConfigAnswer = list[ConfigItem]
ConfigProvider = Callable[[], ConfigAnswer | Awaitable[ConfigAnswer]]
PrepareHandler = Callable[..., Any]

FORBIDDEN_ACTIONS = frozenset({"exec", "runShell", "bash", "sh", "runScript", "customCommand"})
"""An agent is never a remote shell."""
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_RUNTIMES = ("nodejs", "java", "python", "go", "other")


class Action(Generic[P, R]):
    """One declared operation. It can still be called like the function it decorates."""

    def __init__(self, handler: Callable[P, R], declared: wire.ActionInput, signature: Signature) -> None:
        self._handler = handler
        self.declared = declared
        self.signature = signature
        self.prepare_handler: PrepareHandler | None = None
        self.__name__ = getattr(handler, "__name__", declared.name)
        self.__doc__ = handler.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._handler(*args, **kwargs)

    @property
    def handler(self) -> Callable[P, R]:
        """The function that does the work."""
        return self._handler

    def prepare(self, handler: PrepareHandler) -> PrepareHandler:
        """Decorator: this function makes the form. It is safe to repeat and changes nothing."""
        self.prepare_handler = handler
        return handler

    def form(self, prepared: Prepared | Mapping[str, Any] | None) -> dict[str, Any]:
        """The answer to a prepare: the catalogue's schema and defaults, with ``prepared`` laid over."""
        if isinstance(prepared, Mapping):
            return dict(prepared)
        given = prepared or Prepared()
        schema = dict(self.declared.input_schema or {})
        properties = {name: dict(entry) for name, entry in schema.get("properties", {}).items()}
        for name, values in (given.choices or {}).items():
            properties[name] = {**_without_enum(properties.get(name, {})), "enum": list(values)}
        schema["properties"] = properties
        defaults = {name: entry["default"] for name, entry in properties.items() if "default" in entry}
        return {
            "action": {"name": self.declared.name, "inputSchema": schema, **(given.overlay or {})},
            "initialPayload": {**defaults, **(given.initial or {})},
            "currentState": dict(given.state or {}),
        }


class Service:
    """Everything one service declares. ConfigurationError when it could not be reported."""

    def __init__(
        self,
        code: str,
        *,
        name: str | None = None,
        version: str | None = None,
        description: str | None = None,
        runtime: str = "python",
        mode: str = "embedded",
        manifest: Mapping[str, Any] | None = None,
    ) -> None:
        if not _CODE.fullmatch(code):
            raise ConfigurationError(
                f"A code is 1 to 80 of a-z 0-9 _ - and begins with a-z 0-9, not {code!r}."
            )
        self.code = code
        self.name = name or words(code.replace("-", "_"))
        self.version = version
        self.description = description
        self.runtime = runtime if runtime in _RUNTIMES else "other"
        self.mode = mode
        self._manifest = dict(manifest or {})
        self.health_provider: HealthProvider | None = None
        self.config_provider: ConfigProvider | None = None
        self.actions: dict[str, Action[..., Any]] = {}

    def add(self, action: Action[..., Any]) -> None:
        """Declare an action; its name must be new."""
        name = action.declared.name
        if name in FORBIDDEN_ACTIONS:
            raise ConfigurationError(f"An action cannot be called {name!r}: an agent is no remote shell.")
        if name in self.actions:
            raise ConfigurationError(f"Service {self.code!r} has two actions called {name!r}.")
        self.actions[name] = action

    def manifest(self) -> dict[str, Any]:
        """The manifest, complete; given entries win."""
        return {
            "kind": "CapsuleService",
            "schemaVersion": "1.0",
            "code": self.code,
            "name": self.name,
            "version": self.version or "0",
            "runtime": self.runtime,
            "agentMode": self.mode,
            **({"description": self.description} if self.description else {}),
            **self._manifest,
        }

    def reported(
        self, health: wire.HealthInput | None, configs: list[wire.ConfigInput] | None
    ) -> wire.ReportedService:
        """The service as it goes onto the wire, with what its providers said."""
        return wire.ReportedService(
            code=self.code,
            name=self.name,
            manifest=self.manifest(),
            description=self.description,
            version=self.version,
            runtime=self.runtime,
            health=health,
            configs=configs,
            actions=[action.declared for action in self.actions.values()],
        )


def declare_action(
    handler: Callable[P, R],
    *,
    name: str | None = None,
    label: str | None = None,
    description: str | None = None,
    danger: DangerLevel | str = DangerLevel.LOW,
    confirm: bool = False,
    category: str | None = None,
    order: int | None = None,
    timeout: int | None = None,
    retry_safe: bool = False,
    enabled: bool = True,
) -> Action[P, R]:
    """An action from a function; see ``Agent.action`` for the options."""
    signature = Signature(handler)
    try:
        level = DangerLevel(danger)
    except ValueError:
        raise ConfigurationError(f"danger is LOW, MEDIUM or HIGH, not {danger!r}.") from None
    if timeout is not None and timeout <= 0:
        raise ConfigurationError(f"timeout is a number of seconds above 0, not {timeout!r}.")
    function_name = getattr(handler, "__name__", "action")
    declared = wire.ActionInput(
        name=name or camel(function_name),
        label=label or words(name or function_name),
        description=description or signature.description,
        danger_level=level,
        requires_confirmation=confirm,
        category=category,
        order=order,
        input_schema=signature.schema,
        timeout_seconds=timeout,
        enabled=enabled,
        retry_safe=retry_safe,
    )
    return Action(handler, declared, signature)


def _without_enum(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("enum", "enumLabels")}
