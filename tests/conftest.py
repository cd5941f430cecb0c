"""What every test shares."""

import os

from hypothesis import HealthCheck, settings

# How fast examples are made says how busy the machine is, not whether the code is right. The same examples each time, so
# that a run is a verdict on the change; WENYAM_EXPLORE=1 looks for new ones.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=not os.environ.get("WENYAM_EXPLORE"),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
