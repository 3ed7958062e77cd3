"""Browser sessions, known by the hash of their id, so that a copy of the database opens nothing."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map

from opstage.core.times import iso
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.records import OpenSession, Paging, SessionRecord, UserRecord
from opstage.store.tx import Reader, Tx

_TABLE = Mapping(SessionRecord, "sessions")
_USER = Mapping(UserRecord, "users", alias="u")
_INSERT = _TABLE.insert()
_JOIN = "JOIN users AS u ON u.id = t.user_id"
_OPEN = Mapping(OpenSession, "sessions", joined={"username": "u.username"})
SORTS = {"createdAt": "t.created_at", "lastUsedAt": "t.last_used_at", "expiresAt": "t.expires_at"}
_FIND = _TABLE.select(
    f"{_JOIN} WHERE t.id = ? AND t.expires_at > ? AND u.status = 'ACTIVE'",
    more=f", {_USER.selected}",
)


async def create(
    tx: Tx,
    *,
    session_id: str,
    user_id: str,
    csrf_nonce: str,
    expires_at: float,
    now: float,
    ip_address: str | None = None,
    user_agent: str | None = None,
) -> SessionRecord:
    """Stores a session; ``session_id`` is already hashed."""
    session = SessionRecord(
        id=session_id,
        user_id=user_id,
        csrf_nonce=csrf_nonce,
        expires_at=expires_at,
        ip_address=ip_address,
        user_agent=user_agent,
        created_at=now,
    )
    await tx.execute(_INSERT, *_TABLE.values(session))
    return session


async def find(reader: Reader, session_id: str, now: float) -> tuple[SessionRecord, UserRecord] | None:
    """The session if it has not expired and its user is ACTIVE, and the user as of now; one query."""
    row = await reader.row(
        _FIND,
        session_id,
        iso(now),
    )
    return None if row is None else (_TABLE.read(row), _USER.read(row, _TABLE.width))


async def rotate_csrf(tx: Tx, session_id: str, nonce: str) -> bool:
    """Replaces the CSRF nonce; False when there is no such session."""
    return await tx.execute("UPDATE sessions SET csrf_nonce = ? WHERE id = ?", nonce, session_id) > 0


async def delete(tx: Tx, session_id: str) -> bool:
    """Ends a session; False when there was none."""
    return await tx.execute("DELETE FROM sessions WHERE id = ?", session_id) > 0


async def delete_for_user(tx: Tx, user_id: str, *, keep: str | None = None) -> int:
    """Ends the user's sessions, all but ``keep``; how many."""
    return await tx.execute("DELETE FROM sessions WHERE user_id = ? AND id <> ?", user_id, keep or "")


async def living(reader: Reader, session_ids: Collection[str], now: float) -> dict[str, str]:
    """Of these sessions the unexpired ones of ACTIVE users, with the user's role as it is now."""
    marks = ", ".join("?" * len(session_ids))
    sql = (
        "SELECT s.id, u.role FROM sessions AS s JOIN users AS u ON u.id = s.user_id"  # noqa: S608
        f" WHERE s.id IN ({marks}) AND s.expires_at > ? AND u.status = 'ACTIVE'"
    )
    rows = await reader.rows(sql, *session_ids, iso(now))
    return {row[0]: row[1] for row in rows}


async def used(tx: Tx, uses: Map[str, float]) -> None:
    """Note when each session was last used."""
    await tx.execute_many(
        "UPDATE sessions SET last_used_at = ? WHERE id = ?", [(iso(at), each) for each, at in uses.items()]
    )


async def get(reader: Reader, session_id: str, now: float) -> OpenSession | None:
    """One session that has not expired, with the name of its user."""
    row = await reader.row(_OPEN.select(f"{_JOIN} WHERE t.id = ? AND t.expires_at > ?"), session_id, iso(now))
    return None if row is None else _OPEN.read(row)


async def page(
    reader: Reader, user_id: str | None, paging: Paging, now: float
) -> tuple[list[OpenSession], int]:
    """One page of the sessions that have not expired, of one user or of all, and the total."""
    where = Where().add("t.expires_at > ?", iso(now))
    if user_id is not None:
        where.add("t.user_id = ?", user_id)
    return await listed(reader, _OPEN, where, paging, SORTS, joins=_JOIN)


async def purge(tx: Tx, now: float) -> int:
    """Removes expired sessions; how many."""
    return await tx.execute("DELETE FROM sessions WHERE expires_at <= ?", iso(now))
