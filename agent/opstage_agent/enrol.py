"""Who this agent is: the token file, and registration when there is none."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from opstage_agent.errors import ConfigurationError
from opstage_agent.rest import Rest
from opstage_agent.times import iso

_log = logging.getLogger("opstage_agent")


class Credentials(msgspec.Struct, rename="camel", frozen=True):
    """Content of the token file."""

    agent_id: str
    agent_token: str
    saved_at: str = ""

    def __repr__(self) -> str:
        return f"Credentials(agent_id={self.agent_id!r}, agent_token='***')"


def load(path: Path) -> Credentials | None:
    """What the file holds, or None when there is no usable one; a corrupt one is moved aside."""
    try:
        credentials = msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"Token file {path} cannot be read: {error}") from error
    except msgspec.DecodeError as error:
        aside = path.with_name(f"{path.name}.corrupt-{int(time.time())}")
        _log.warning("Token file %s is corrupt (%s); moved to %s.", path, error, aside)
        path.replace(aside)
        return None
    if path.stat().st_mode & 0o077:
        _log.warning("Token file %s could be read by others; its mode is now 0600.", path)
        with suppress(OSError):
            path.chmod(0o600)
    return credentials


def save(path: Path, credentials: Credentials) -> None:
    """Write the file whole or not at all, readable by its owner only. OSError when that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file with mode 0600: it is never readable by others, not even for a moment.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(credentials)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


async def enrol(rest: Rest, path: Path, registration_token: str | None, agent: dict[str, Any]) -> Credentials:
    """The saved identity, or a new one from the registration token, saved before it is returned.

    RegistrationRefused, ServerUnreachable as ``Rest.register``; ConfigurationError when there is
    neither a token file nor a registration token, or the file could not be written: that is found
    out before the token is spent.
    """
    saved = load(path)
    if saved is not None:
        return saved
    if not registration_token:
        raise ConfigurationError(
            f"No token file at {path} and no registration token: give one as registration_token "
            "or OPSTAGE_REGISTRATION_TOKEN."
        )
    _try_writing(path)
    answer = await rest.register(registration_token, agent)
    credentials = Credentials(answer.agent_id, answer.agent_token, iso(time.time()))
    try:
        save(path, credentials)
    except OSError as error:
        # The registration token is spent: go on with what there is rather than lose the identity now.
        _log.error(
            "The agent token could not be saved in %s (%s); the next start needs a new registration token.",
            path,
            error,
        )
    _log.info("Registered as %s.", credentials.agent_id)
    return credentials


def _try_writing(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name):
            pass
    except OSError as error:
        raise ConfigurationError(f"Token file {path} could not be written: {error}") from error
