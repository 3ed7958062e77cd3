"""What has to be secret and is made by the server itself: kept in the data folder, 0600."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from opstage.settings import Settings

SECRET_FILE = "session-secret"  # noqa: S105
PASSWORD_FILE = "first-owner-password"  # noqa: S105


def kept_secret(folder: Path) -> str:
    """The session secret of this data folder; made at the first call."""
    return _kept(folder / SECRET_FILE)


def kept_password(settings: Settings) -> tuple[str, Path | None]:
    """The first owner's password, and the file that keeps it when it was made up here."""
    if settings.admin_password is not None:
        return settings.admin_password, None
    path = settings.data_dir / PASSWORD_FILE
    return _kept(path, 15), path


def _kept(path: Path, size: int = 48) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    value = secrets.token_urlsafe(size)
    with os.fdopen(handle, "w") as file:
        file.write(value + "\n")
    return value
