"""Backups of the database, for owners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

import msgspec
from quart import Blueprint, Response

from opstage.core.access import Capability
from opstage.core.times import iso
from opstage.store.copies import Backup
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage.web.query import PageQuery, page_of

backups = Blueprint("backups", __name__, url_prefix="/api/admin")

WHAT = "Backup"
CHUNK_BYTES = 256 * 1024
FILE = "application/octet-stream"


class BackupRow(msgspec.Struct, rename="camel"):
    """One backup in the folder."""

    name: str
    size_bytes: int
    created_at: str


@backups.post("/backup/sqlite")
@operation(Capability.ADMINISTER, WHAT, media=FILE)
async def make() -> Response:
    """Make a backup and answer its file; a copy stays in the folder of the backups."""
    made = await hub().backups.make(actor())
    file = await asyncio.to_thread(made.path.open, "rb")
    response = Response(_parts(file), content_type=FILE)
    # A large file over a slow line takes as long as it takes.
    response.timeout = None
    response.headers["Content-Length"] = str(made.size)
    response.headers["Content-Disposition"] = f"attachment; filename={made.path.name}"
    response.headers["Cache-Control"] = "no-store"
    return response


@backups.get("/backups")
@operation(Capability.ADMINISTER, WHAT, query=PageQuery, answer=BackupRow, listed=True)
async def page(query: PageQuery) -> Response:
    """The backups in the folder, newest first."""
    paging = query.paging()
    found = await hub().backups.listed()
    first = (paging.page - 1) * paging.page_size
    return page_of([_row(each) for each in found[first : first + paging.page_size]], len(found), paging)


def _row(backup: Backup) -> BackupRow:
    return BackupRow(backup.path.name, backup.size, iso(backup.made_at))


async def _parts(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while part := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield part
