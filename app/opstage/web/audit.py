"""The audit trail: pages, single events, exports of any size, and whether it is as it was written."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from quart import Blueprint, Response, request

from opstage.core.access import Capability
from opstage.core.rows import AuditRow
from opstage.errors import NotFound
from opstage.hub import rows
from opstage.store import audit as stored
from opstage.store.verification import Verification
from opstage.web import audit_files
from opstage.web.audit_query import WHAT, AuditQuery
from opstage.web.envelope import answer
from opstage.web.guards import actor, hub
from opstage.web.operation import operation
from opstage.web.query import page_of

audit = Blueprint("audit", __name__, url_prefix="/api/admin/audit-events")

log = logging.getLogger("opstage.web")


@audit.get("")
@operation(Capability.READ, WHAT, query=AuditQuery, answer=AuditRow, listed=True)
async def page(query: AuditQuery) -> Response:
    """A page of events, newest first."""
    paging = query.paging(query.sort)
    found, total = await stored.page(hub().store.reader, query.filters(), paging)
    return page_of([rows.audit_row(each) for each in found], total, paging)


@audit.get("/<audit_event_id>")
@operation(Capability.READ, WHAT, answer=AuditRow)
async def detail(audit_event_id: str) -> Response:
    """One event."""
    found = await stored.get(hub().store.reader, audit_event_id)
    if found is None:
        raise NotFound("Audit event not found.", "AUDIT_EVENT_NOT_FOUND")
    return answer(rows.audit_row(found))


@audit.get("/verify")
@operation(Capability.EXPORT, WHAT, answer=Verification)
async def verify() -> Response:
    """Check the hash chain of the whole trail; with many events it takes seconds."""
    return answer(await hub().trail.verify())


@audit.get("/export")
@operation(
    Capability.EXPORT,
    WHAT,
    query=AuditQuery,
    answer=list[AuditRow],
    others=(audit_files.CSV, audit_files.NDJSON),
)
async def export(query: AuditQuery) -> Response:
    """All events that match, as a file: what was written until now, however much it is."""
    last = await stored.head(hub().store.reader)
    filters = query.filters(up_to=last.sequence)
    body: AsyncIterator[bytes] | bytes = b""
    if request.method != "HEAD":
        await hub().trail.exported(actor(), query.format, query.given())
        events = stored.batches(hub().store.reader, filters, query.sort)
        body = _logged(audit_files.parts(query.format, events))
    response = Response(body, content_type=audit_files.MEDIA[query.format])
    # However long the reader takes: it gets the next part when it has taken the one before.
    response.timeout = None
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(query.format)}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _file_name(form: str) -> str:
    return f"opstage-audit-{int(hub().clock.now() * 1000)}.{form}"


async def _logged(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The parts. A failure on the way goes on up: the connection ends there, as the file is not whole."""
    try:
        async for part in parts:
            yield part
    except (asyncio.CancelledError, GeneratorExit):
        log.info("The reader of an audit export hung up.")
        raise
    except Exception as error:
        log.warning("An audit export broke off: %s", error)
        raise
