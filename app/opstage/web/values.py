"""Values that more than one call takes, with their bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from opstage.hub.passwords import LONGEST, SHORTEST

AgentId = Annotated[str, Meta(pattern="^agt_", max_length=80)]
ServiceId = Annotated[str, Meta(pattern="^svc_", max_length=80)]
ActionName = Annotated[str, Meta(min_length=1, max_length=128)]
UserId = Annotated[str, Meta(pattern="^usr_", max_length=80)]
AgentMode = Literal["embedded", "ophub", "sidecar", "external"]
RoleName = Literal["owner", "operator", "viewer"]

SearchText = Annotated[str, Meta(min_length=1, max_length=120)]
"""What ``q`` looks for."""
Title = Annotated[str, Meta(min_length=1, max_length=200)]
"""What people call a thing they make."""
LifetimeSeconds = Annotated[int, Meta(ge=60, le=315_360_000)]
"""A minute to ten years."""

Username = Annotated[str, Meta(min_length=1, max_length=320)]
_NAME = r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)"
NewUsername = Annotated[str, Meta(min_length=1, max_length=320, pattern=_NAME)]
"""1 to 320 characters on one line, without blanks at its ends."""
Password = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
"""One to be checked; it may be from a time with other rules."""
NewPassword = Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]
