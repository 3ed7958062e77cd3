"""What is wrong with a service report, beyond its shape.

REST refuses a whole report for one problem; the socket refuses the services that have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from opstage_agent.wire import ActionInput, ConfigInput, ReportedService

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
NAME_CHARACTERS = 200
DESCRIPTION_CHARACTERS = 2000
VERSION_CHARACTERS = 80
ACTION_NAME_CHARACTERS = 128
CONFIG_KEY_CHARACTERS = 200
FORBIDDEN_ACTIONS = frozenset({"exec", "runshell", "bash", "sh", "runscript", "customcommand"})
"""Opstage is no remote shell: these names are refused in every spelling, whatever stands behind them."""
_NO_LETTER = re.compile(r"[\W_]+")
MANIFEST_FIELDS = ("kind", "code", "name", "version", "runtime", "agentMode")
"""What every manifest should have."""
RUNTIMES = frozenset({"nodejs", "java", "python", "go", "other"})


class Issue(msgspec.Struct, frozen=True):
    """One problem; ``path`` is dotted, as in ``actions.2.name``."""

    path: str
    message: str


def problems(service: ReportedService, path: str = "") -> list[Issue]:
    """What is wrong with one service, or an empty list. ``path`` goes before each issue's own."""
    return [Issue(path + issue.path, issue.message) for issue in _of_service(service)]


def report_problems(services: Sequence[ReportedService]) -> list[Issue]:
    """What is wrong with a whole report, code by code and as a set; paths begin ``services.<n>.``."""
    found = [
        issue for number, service in enumerate(services) for issue in problems(service, f"services.{number}.")
    ]
    return found + [Issue(f"services.{issue.path}.code", issue.message) for issue in repeated_codes(services)]


def manifest_gaps(service: ReportedService) -> list[str]:
    """What a manifest should say and this one does not: no reason to refuse it."""
    return [name for name in MANIFEST_FIELDS if not service.manifest.get(name)]


def repeated_codes(services: Sequence[ReportedService]) -> list[Issue]:
    """Codes named more than once; ``path`` is the number of the repeating service."""
    return list(_repeated((service.code for service in services), "code"))


def normal_runtime(runtime: str | None) -> str | None:
    """One of RUNTIMES: anything else is ``other``, nothing stays nothing."""
    if runtime is None:
        return None
    name = runtime.strip().lower()
    return name if name in RUNTIMES else "other"


def _of_service(service: ReportedService) -> Iterator[Issue]:
    if _CODE.fullmatch(service.code) is None:
        yield Issue("code", "expected 1 to 80 of a-z, 0-9, - and _, beginning with a letter or digit")
    yield from _length("name", service.name, 1, NAME_CHARACTERS)
    yield from _length("description", service.description, 0, DESCRIPTION_CHARACTERS)
    yield from _length("version", service.version, 0, VERSION_CHARACTERS)
    yield from _of_configs(service.configs or [])
    yield from _of_actions(service.actions or [])


def _of_configs(configs: list[ConfigInput]) -> Iterator[Issue]:
    for number, config in enumerate(configs):
        yield from _length(f"configs.{number}.key", config.key, 1, CONFIG_KEY_CHARACTERS)
    for issue in _repeated((config.key for config in configs), "key"):
        yield Issue(f"configs.{issue.path}.key", issue.message)


def _of_actions(actions: list[ActionInput]) -> Iterator[Issue]:
    for number, action in enumerate(actions):
        yield from _length(f"actions.{number}.name", action.name, 1, ACTION_NAME_CHARACTERS)
        yield from _length(f"actions.{number}.label", action.label, 1, NAME_CHARACTERS)
        yield from _length(f"actions.{number}.description", action.description, 0, DESCRIPTION_CHARACTERS)
        if _NO_LETTER.sub("", action.name).lower() in FORBIDDEN_ACTIONS:
            yield Issue(
                f"actions.{number}.name", f"expected another name than {action.name!r}, it is forbidden"
            )
    for issue in _repeated((action.name for action in actions), "name"):
        yield Issue(f"actions.{issue.path}.name", issue.message)


def _length(path: str, text: str | None, least: int, most: int) -> Iterator[Issue]:
    if text is not None and not least <= len(text) <= most:
        yield Issue(path, f"expected {least} to {most} characters, got {len(text)}")


def _repeated(names: Iterable[str], what: str) -> Iterator[Issue]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            yield Issue(str(number), f"expected each {what} once, {name[:80]!r} comes again")
        seen.add(name)
