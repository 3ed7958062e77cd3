"""The REST calls of the command line: one place where answers become data and refusals become words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

import click
import httpx

from opstage.cli.profile import Profile, read_profile
from opstage.cli.show import plain

TIMEOUT_SECONDS = 40.0
"""A form may take 30 s to come from its agent."""
PAGE_SIZE = 100
LOOKED_THROUGH = 500
"""Services among which a mistyped code is looked for."""

_ERRNO = re.compile(r"\[Errno -?\d+\] ")

Query = dict[str, Any]


class Refused(click.ClickException):
    """The server said no; ``code`` is its error code. Exit code 2, as for a wrong invocation."""

    exit_code = 2

    def __init__(self, status: int, error: dict[str, Any], hint: str = "") -> None:
        self.status = status
        self.error = error
        self.code: str = error.get("code", "")
        self.details: dict[str, Any] = error.get("details") or {}
        super().__init__(_told(error) + hint)

    def hinting(self, hint: str) -> Refused:
        """The same, with a line that says what to do."""
        return Refused(self.status, self.error, f"\n  {hint}")


def _told(error: dict[str, Any]) -> str:
    lines = [f"{error.get('message', 'The server refused.')} ({error.get('code', '')})"]
    for issue in (error.get("details") or {}).get("issues", []):
        lines.append(f"  {issue['path'] or 'input'}: {issue['message']}")
    return plain("\n".join(lines))


def unreachable(url: str, error: Exception) -> click.ClickException:
    """No server could be asked, and why, without the system's number for it."""
    return click.ClickException(f"Cannot reach {url}: {_ERRNO.sub('', str(error)).rstrip('.')}.")


def part(text: str) -> str:
    """The text as one part of a path, whatever it holds."""
    return quote(text, safe="")


class Client:
    """Calls of one server. Every method raises Refused, or ClickException when it cannot be reached."""

    def __init__(self, profile: Profile, http: httpx.Client) -> None:
        self.profile = profile
        self._http = http

    def get(self, path: str, query: Query | None = None) -> Any:
        """``data`` of a GET."""
        return self._call("GET", path, params=_present(query or {})).get("data")

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """``data`` of a POST."""
        return self._call("POST", path, json=body or {}, headers=headers).get("data")

    def rows(self, path: str, query: Query, limit: int) -> tuple[list[dict[str, Any]], int]:
        """Up to ``limit`` rows of a list, page by page, and how many there are in all."""
        found: list[dict[str, Any]] = []
        page, total = 1, 0
        while len(found) < limit:
            asked = {**_present(query), "page": page, "pageSize": min(PAGE_SIZE, limit)}
            answer = self._call("GET", path, params=asked)
            try:
                found += answer["data"]
                total = answer["pagination"]["total"]
            except (LookupError, TypeError) as error:
                raise self._strange() from error
            if not answer["data"] or len(found) >= total:
                break
            page += 1
        return found[:limit], total

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(self.profile.url, error) from error
        try:
            body: dict[str, Any] = response.json()
            refused = None if body["success"] else Refused(response.status_code, body["error"])
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise self._strange() from error
        if refused is not None:
            raise refused
        return body

    def _strange(self) -> click.ClickException:
        return click.ClickException(f"{self.profile.url} does not answer as an Opstage server does.")


def _present(query: Query) -> Query:
    return {name: value for name, value in query.items() if value not in (None, (), [], "")}


@contextmanager
def connected(profile: Profile | None = None) -> Iterator[Client]:
    """A client with the kept key, or with ``profile``."""
    profile = profile or read_profile()
    headers = {"Authorization": f"Bearer {profile.key}"} if profile.key else {}
    try:
        http = httpx.Client(base_url=profile.url, headers=headers, timeout=TIMEOUT_SECONDS)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # Of proxies that the environment names.
        raise unreachable(profile.url, error) from error
    with http:
        yield Client(profile, http)


def _alike(client: Client, name: str) -> list[str]:
    rows, _ = client.rows("/api/admin/capsule-services", {"sort": "code"}, LOOKED_THROUGH)
    return get_close_matches(name, [row["code"] for row in rows], n=3)


def find_service(client: Client, name: str) -> dict[str, Any]:
    """The service of this id or code. ClickException names what is near."""
    if name.startswith("svc_"):
        found: dict[str, Any] = client.get(f"/api/admin/capsule-services/{part(name)}")
        return found
    rows, _ = client.rows("/api/admin/capsule-services", {"q": name, "sort": "code"}, PAGE_SIZE)
    for row in rows:
        if row["code"] == name:
            detail: dict[str, Any] = client.get(f"/api/admin/capsule-services/{row['id']}")
            return detail
    near = [row["code"] for row in rows[:5]] or _alike(client, name)
    hint = f" Did you mean {', '.join(near)}?" if near else " `opstage services` lists them."
    raise click.ClickException(f"There is no service {name}.{hint}")
