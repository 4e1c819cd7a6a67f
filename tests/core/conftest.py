"""How property tests run: as many examples as a fast suite can afford, and no clock that judges them."""

from hypothesis import HealthCheck, settings

from tests.examples import examples

settings.register_profile(
    "core",
    deadline=None,
    max_examples=examples(50),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("core")
