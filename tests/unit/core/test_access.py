"""The role table of ``docs/concepts.md``."""

from __future__ import annotations

import pytest

from opstage.core.access import Capability, allows

TABLE = {
    Capability.READ: {"owner", "operator", "viewer"},
    Capability.OPERATE: {"owner", "operator"},
    Capability.EXPORT: {"owner", "operator"},
    Capability.DIAGNOSE: {"owner", "operator"},
    Capability.ADMINISTER: {"owner"},
}


@pytest.mark.parametrize("capability", Capability)
@pytest.mark.parametrize("role", ["owner", "operator", "viewer", "Owner", "", "root"])
def test_a_role_may_what_the_table_grants_and_no_more(role: str, capability: Capability) -> None:
    assert allows(role, capability) is (role in TABLE[capability])
