"""What the audit trail can be asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from opstage.errors import Invalid
from opstage.store.records import AuditFilter
from opstage.web.query import PageQuery

WHAT = "Audit event"
LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()

Moment = Annotated[
    str, Meta(min_length=1, max_length=80, examples=["2026-05-01", "2026-05-01T12:00:00+02:00"])
]
_LOST_PLUS = re.compile(r"(\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)$")
"""A plus sign that nobody escaped arrives as a blank."""

_COARSE = re.compile(r"\d{4}(-\d\d)?")
"""A year or a month stands for its first day."""


class AuditQuery(PageQuery, kw_only=True):
    """Which events. ``from`` and ``to`` are inclusive; a date without a time is its midnight in UTC.

    An ``action`` that ends in ``.*`` stands for all that begin so.
    """

    actor_type: tuple[Literal["USER", "AGENT", "SYSTEM"], ...] = ()
    actor_id: tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...] = ()
    result: tuple[Literal["SUCCESS", "FAILURE"], ...] = ()
    action: tuple[Annotated[str, Meta(min_length=1, max_length=160)], ...] = ()
    target_type: tuple[Annotated[str, Meta(min_length=1, max_length=120)], ...] = ()
    target_id: tuple[Annotated[str, Meta(min_length=1, max_length=160)], ...] = ()
    since: Moment | None = msgspec.field(default=None, name="from")
    until: Moment | None = msgspec.field(default=None, name="to")
    format: Literal["json", "csv", "ndjson"] = "json"
    """For exports only."""
    sort: Literal["createdAt", "-createdAt"] = "-createdAt"

    def filters(self, up_to: int | None = None) -> AuditFilter:
        """As the store takes them. Raises Invalid for times that are none, or in the wrong order."""
        since, until = self._times()
        return AuditFilter(
            actor_type=self.actor_type,
            actor_id=self.actor_id,
            result=self.result,
            action=self.action,
            target_type=self.target_type,
            target_id=self.target_id,
            since=since,
            until=until,
            up_to=up_to,
        )

    def given(self) -> dict[str, Any]:
        """The filters that were asked for, under the names they have in the query string."""
        everything: dict[str, Any] = msgspec.to_builtins(self)
        others = {"page", "pageSize", "format", "sort"}
        return {name: value for name, value in everything.items() if value and name not in others}

    def _times(self) -> tuple[float | None, float | None]:
        since, until = moment(self.since), moment(self.until)
        read = {"from": (self.since, since), "to": (self.until, until)}
        issues = [
            (name, "Expected a date, or a date and time.")
            for name, (text, found) in read.items()
            if text is not None and found is None
        ]
        if since is not None and until is not None and since > until:
            issues.append(("from", "Expected a time that is not later than `to`."))
        if issues:
            raise Invalid.at(f"{WHAT} query validation failed.", *issues)
        return since, until


def moment(text: str | None) -> float | None:
    """Epoch seconds of a time in ISO-8601, or as mails and HTTP write it; None if it is neither.

    Without an offset it is UTC. What lies before 1970 or after 9999 counts as the end it lies beyond.
    """
    if text is None:
        return None
    try:
        stamp = _parsed(_LOST_PLUS.sub(r"\1+\2", text))
        found = (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(LAST_MOMENT, max(0.0, found))


def _parsed(text: str) -> datetime:
    if _COARSE.fullmatch(text):
        text = f"{text}-01-01"[:10]
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)
