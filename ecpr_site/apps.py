"""The site as a Django app: its checks of the database, which run before anything is served."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the checks."""

    name = "ecpr_site"
    label = "ecpr_site"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers itself
