"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail: nothing here depends on how long a case takes.
settings.register_profile("opstage", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("opstage")
