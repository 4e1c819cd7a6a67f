"""The app of codes."""

from django.apps import AppConfig


class TimelineConfig(AppConfig):
    """Its name, and two links: who signs out stands on no code by that name any longer; and protocols that are not
    shipped are looked for among those that the site published.
    """

    name = "timeline"

    def ready(self) -> None:
        from . import protocols, shelf, signing  # noqa: F401 - signing registers itself

        protocols.also_from(shelf.find)
