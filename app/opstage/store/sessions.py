"""Browser sessions, known by the hash of their id, so that a copy of the database opens nothing."""

from __future__ import annotations

from collections.abc import Collection

from opstage.core.times import iso
from opstage.store.mapping import Mapping
from opstage.store.records import SessionRecord, UserRecord
from opstage.store.tx import Reader, Tx

_TABLE = Mapping(SessionRecord, "sessions")
_USER = Mapping(UserRecord, "users", alias="u")
_INSERT = _TABLE.insert()
_FIND = _TABLE.select(
    "JOIN users AS u ON u.id = t.user_id WHERE t.id = ? AND t.expires_at > ? AND u.status = 'ACTIVE'",
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


async def purge(tx: Tx, now: float) -> int:
    """Removes expired sessions; how many."""
    return await tx.execute("DELETE FROM sessions WHERE expires_at <= ?", iso(now))
