"""The app of codes."""

from django.apps import AppConfig


class TimelineConfig(AppConfig):
    """Its name, and the one link to signing in: who signs out stands on no code by that name any longer."""

    name = "timeline"

    def ready(self) -> None:
        from . import signing  # noqa: F401 - registers itself
