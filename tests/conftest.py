"""What holds for every test: time is measured by benchmarks, so a slow machine fails none."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("affidavit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("affidavit")
