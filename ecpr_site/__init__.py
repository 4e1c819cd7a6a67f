"""The site: joins the apps and holds no rule of its own."""

from .celery import app as celery_app

__all__ = ["celery_app"]
