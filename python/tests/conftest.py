"""How random tests run: more of them where heavy tests are asked for."""

import os

from hypothesis import HealthCheck, settings

HEAVY = os.environ.get("GAUSSTACK_HEAVY") == "1"

settings.register_profile(
    "gausstack",
    max_examples=1000 if HEAVY else 300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("gausstack")
