"""People and their credentials."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index

from opstage.store.models.columns import Appended, Stored, moment, reference, text, word


class Workspace(Stored):
    """The one workspace every scoped row carries."""

    code = word(80, unique=True)
    name = word(200)
    status = word()

    class Meta:
        table = "workspaces"


class User(Stored):
    """A person."""

    workspace = reference("Workspace")
    username = word(320, unique=True)
    password_hash = text()
    display_name = text(null=True)
    role = word()
    status = word()
    last_login_at = moment(null=True)

    class Meta:
        table = "users"
        indexes = (
            Index(fields=("created_at", "id"), name="users_created"),
            Index(fields=("role", "status"), name="users_role"),
        )


class Session(Appended):
    """A browser session, found by the hash of its id."""

    user = reference("User", on_delete=fields.CASCADE)
    csrf_nonce = text()
    expires_at = moment()
    ip_address = text(null=True)
    user_agent = text(null=True)
    last_used_at = moment(null=True)

    class Meta:
        table = "sessions"
        indexes = (
            Index(fields=("user_id",), name="sessions_user"),
            Index(fields=("expires_at",), name="sessions_expiry"),
        )


class ApiKey(Stored):
    """An integrator's credential: a principal of its own, with a role."""

    workspace = reference("Workspace")
    name = word(200)
    key_hash = word(64, unique=True)
    hint = word(40)
    role = word()
    status = word()
    created_by_user = reference("User", null=True)
    expires_at = moment(null=True)
    last_used_at = moment(null=True)
    revoked_at = moment(null=True)

    class Meta:
        table = "api_keys"
        indexes = (
            Index(fields=("created_at", "id"), name="api_keys_created"),
            Index(fields=("status", "created_at", "id"), name="api_keys_status"),
        )
