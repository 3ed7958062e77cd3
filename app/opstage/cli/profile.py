"""Where the command line finds its server and its API key.

``--url`` and the environment come first; ``opstage login`` keeps both in a file that only its user
can read.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import msgspec

URL_VARIABLE = "OPSTAGE_URL"
KEY_VARIABLE = "OPSTAGE_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8080"
_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Profile:
    """A server's address without a trailing slash, and the key that opens it."""

    url: str
    key: str


def profile_path() -> Path:
    """The file that ``opstage login`` writes."""
    try:
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    except RuntimeError as error:
        raise click.ClickException(f"{error} Set HOME or XDG_CONFIG_HOME.") from error
    return Path(base) / "opstage" / "login.json"


def read_profile() -> Profile:
    """The server and key to use. ClickException says how to get one."""
    kept = _kept()
    url = os.environ.get(URL_VARIABLE) or (kept.url if kept else DEFAULT_URL)
    key = os.environ.get(KEY_VARIABLE)
    if key is None and kept is not None and kept.url == url.rstrip("/"):
        key = kept.key
    if not key:
        raise click.ClickException(f"No API key for {url}. Run `opstage login {url}` or set {KEY_VARIABLE}.")
    return Profile(url.rstrip("/"), clean_key(key))


def clean_key(text: str) -> str:
    """An API key without the white space around it. ClickException, which does not tell it, if it is none."""
    key = text.strip()
    if _KEY.fullmatch(key) is None:
        raise click.ClickException("The API key holds characters that no key has, or nothing at all.")
    return key


def keep_profile(profile: Profile) -> Path:
    """Write the file, readable by its user only; where it is. ClickException when it cannot be written."""
    path = profile_path()
    try:
        _write(path, profile)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written ({error}).") from error
    return path


def _write(path: Path, profile: Profile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR), "w"
    ) as file:
        json.dump(asdict(profile), file)
    fresh.replace(path)


def forget_profile() -> bool:
    """Remove the file; False if there was none. ClickException when it stays."""
    path = profile_path()
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise click.ClickException(f"{path} cannot be removed ({error}).") from error
    return True


def _kept() -> Profile | None:
    path = profile_path()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Profile)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise click.ClickException(f"{path} cannot be read ({error}); remove it and log in again.") from error
