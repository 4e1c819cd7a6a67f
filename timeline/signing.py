"""Signing out takes a person's name off the codes that their browser stands on."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from roles.devices import device_of_token, revoke_person


@receiver(user_logged_out)
def end_standings(sender: Any, request: HttpRequest | None, user: User | None, **kwargs: Any) -> None:
    """Revoke what this browser's device may do in the name of the person who signs out."""
    token = request.COOKIES.get(settings.DEVICE_COOKIE) if request is not None else None
    device = device_of_token(token) if token else None
    if device is not None and user is not None:
        revoke_person(device, user.get_username())
