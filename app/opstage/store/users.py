"""People who sign in. Passwords arrive hashed; what happens here is audited by the caller."""

from __future__ import annotations

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opstage.core.ids import new_id
from opstage.core.times import iso
from opstage.store.errors import UsernameTaken
from opstage.store.listing import Where
from opstage.store.listing import page as listed
from opstage.store.mapping import Mapping
from opstage.store.records import DEFAULT_WORKSPACE, Paging, UserFilter, UserRecord
from opstage.store.sessions import delete_for_user
from opstage.store.tx import Reader, Tx

TABLE = Mapping(UserRecord, "users")
_INSERT = f"{TABLE.insert('workspace_id')} ON CONFLICT DO NOTHING"
_CHANGEABLE = frozenset({"display_name", "role", "status", "updated_at"})
_CHANGE = f"UPDATE users SET {TABLE.assignments(_CHANGEABLE)} WHERE id = ?"  # noqa: S608
SORTS = {
    "createdAt": "t.created_at",
    "username": "t.username",
}


async def count(reader: Reader) -> int:
    """How many users there are, disabled ones included."""
    return int(await reader.value("SELECT COUNT(*) FROM users"))


async def create(
    tx: Tx, *, username: str, password_hash: str, display_name: str | None, role: str, now: float
) -> UserRecord:
    """Stores an ACTIVE user. UsernameTaken."""
    user = UserRecord(
        id=new_id("usr"),
        username=username,
        password_hash=password_hash,
        display_name=display_name,
        role=role,
        status="ACTIVE",
        last_login_at=None,
        created_at=now,
        updated_at=now,
    )
    if not await tx.execute(_INSERT, *TABLE.values(user), DEFAULT_WORKSPACE):
        raise UsernameTaken(username)
    return user


async def get(reader: Reader, user_id: str) -> UserRecord | None:
    """One user."""
    row = await reader.row(TABLE.select("WHERE t.id = ?"), user_id)
    return None if row is None else TABLE.read(row)


async def find_by_username(reader: Reader, username: str) -> UserRecord | None:
    """The user of exactly this name."""
    row = await reader.row(TABLE.select("WHERE t.username = ?"), username)
    return None if row is None else TABLE.read(row)


async def page(reader: Reader, filters: UserFilter, paging: Paging) -> tuple[list[UserRecord], int]:
    """One page and the total."""
    where = (
        Where()
        .any_of("t.role", filters.role)
        .any_of("t.status", filters.status)
        .contains(("t.username", "t.display_name"), filters.q)
    )
    return await listed(reader, TABLE, where, paging, SORTS)


async def active_owners(reader: Reader) -> int:
    """How many owners can sign in."""
    return int(await reader.value("SELECT COUNT(*) FROM users WHERE role = 'owner' AND status = 'ACTIVE'"))


async def change(
    tx: Tx,
    user_id: str,
    *,
    now: float,
    display_name: str | UnsetType | None = UNSET,
    role: str | None = None,
    status: str | None = None,
) -> UserRecord | None:
    """Changes what is given; a user who is disabled loses every session. None: no such user."""
    before = await get(tx, user_id)
    if before is None:
        return None
    after = replace(
        before,
        display_name=before.display_name if display_name is UNSET else display_name,
        role=role or before.role,
        status=status or before.status,
        updated_at=now,
    )
    await tx.execute(_CHANGE, *TABLE.values(after, _CHANGEABLE), user_id)
    if after.status != "ACTIVE":
        await delete_for_user(tx, user_id)
    return after


async def set_password(
    tx: Tx, user_id: str, password_hash: str, now: float, *, keep: str | None = None
) -> UserRecord | None:
    """Replaces the password and ends every session of the user but ``keep``. None: no such user."""
    await tx.execute(
        "UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ?", password_hash, iso(now), user_id
    )
    await delete_for_user(tx, user_id, keep=keep)
    return await get(tx, user_id)


async def signed_in(tx: Tx, user_id: str, now: float) -> None:
    """Notes a successful login."""
    await tx.execute("UPDATE users SET last_login_at = ? WHERE id = ?", iso(now), user_id)
