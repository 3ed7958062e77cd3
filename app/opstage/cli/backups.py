"""``opstage backup`` and ``opstage restore``: on the server's machine, without the server's help."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from opstage.claim import Claim
from opstage.cli.serve import read_settings
from opstage.cli.show import counted
from opstage.clock import SystemClock
from opstage.errors import OpstageError
from opstage.settings import Settings
from opstage.store import copies, restoring
from opstage.store.location import database_path
from opstage.store.restoring import Candidate, RestoreRefused

Target = click.Path(path_type=Path)


@click.command(short_help="Copy the database, also while the server runs.")
@click.argument("target", required=False, type=Target)
def backup(target: Path | None) -> None:
    """Copy the database to TARGET, a file or a folder, also while the server runs.

    Without TARGET it goes to the folder of the backups (OPSTAGE_BACKUP_DIR), where the newest
    OPSTAGE_BACKUP_KEEP stay.
    """
    settings = read_settings()
    folder = settings.backups if target is None else target
    try:
        if target is None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / copies.backup_name(SystemClock().now()) if folder.is_dir() else folder
        copies.copy_database(_database(settings), path)
        if target is None:
            copies.tidy(folder, settings.backups_kept, path)
    except (OpstageError, OSError, ValueError, sqlite3.Error) as error:
        raise click.ClickException(_unwritten(folder, error)) from error
    click.echo(f"Backup written: {path} ({path.stat().st_size:,} bytes)")


def _unwritten(where: Path, error: Exception) -> str:
    reason = getattr(error, "strerror", None)
    return f"{where} cannot be written: {reason}." if reason else str(error)


@click.command()
@click.argument("file", type=Target)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--accept-audit-findings", is_flag=True, help="Restore even if its audit trail was changed.")
def restore(file: Path, yes: bool, accept_audit_findings: bool) -> None:
    """Put the backup FILE in the place of the database. The server must not run.

    FILE is checked first and stays as it is; the present database is kept under another name beside it.
    """
    settings = read_settings()
    try:
        target = database_path(settings.database)
        claim = Claim(target)
    except (OpstageError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    try:
        # A link to another volume stays one.
        _restore(file, target.resolve(), yes, accept_audit_findings)
    finally:
        claim.release()


def _restore(file: Path, target: Path, yes: bool, accept: bool) -> None:
    now = SystemClock().now()
    try:
        candidate = restoring.prepare(file, target, now)
    except RestoreRefused as error:
        raise click.ClickException(str(error)) from error
    try:
        _show(candidate, file)
        if candidate.findings and not accept:
            raise click.ClickException(
                "The audit trail of the backup is not as it was written; --accept-audit-findings restores it."
            )
        if not yes:
            click.confirm(f"Restore it as {target}?", abort=True)
        kept = restoring.swap(candidate, target, now)
    finally:
        restoring.discard(candidate.path)
    click.echo(f"Restored: {target}")
    if kept is not None:
        click.echo(f"The database from before is {kept}")


def _show(candidate: Candidate, file: Path) -> None:
    counts = ", ".join(counted(count, table.replace("_", " ")) for table, count in candidate.rows.items())
    click.echo(f"{file}: {counts}; newest event {candidate.newest or 'none'}.")
    for finding in candidate.findings:
        click.echo(f"{finding.kind}: {finding.text}")


def _database(settings: Settings) -> Path:
    path = database_path(settings.database)
    if not path.is_file():
        raise FileNotFoundError(f"There is no database {path}.")
    return path
