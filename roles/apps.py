"""The app of people, devices and invitations."""

from django.apps import AppConfig


class RolesConfig(AppConfig):
    """Its name."""

    name = "roles"
