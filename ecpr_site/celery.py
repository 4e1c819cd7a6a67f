"""The Celery app. It carries only what may be late or repeated, found by query, so a lost message loses nothing."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")

app = Celery("ecpr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
