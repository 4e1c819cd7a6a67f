"""Devices and what they may do: looked at here, and revoked here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from roles.devices import revoke_device, revoke_grant
from roles.invitations import revoke
from roles.models import Device, Grant, Invitation

# Django's class takes a type only in its stubs.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class LookOnly(ModelAdmin):
    """Rows come from the app; here they are only looked at and revoked."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To the list, for its actions; no single row can be edited."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a revoked row is part of the audit."""
        return False


@admin.register(Device)
class DeviceAdmin(LookOnly):
    """Devices."""

    list_display = ("label", "kind", "created_by", "created_at", "revoked_at")
    exclude = ("secret_hash",)
    actions = ("revoke_devices",)

    @admin.action(description="Revoke: these devices are lost", permissions=["change"])
    def revoke_devices(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        """End everything these devices may do."""
        for device in queryset:
            revoke_device(device)


@admin.register(Grant)
class GrantAdmin(LookOnly):
    """Standings."""

    list_display = ("device", "subject", "scope", "person", "expires_at", "revoked_at")
    actions = ("revoke_grants",)

    @admin.action(description="Revoke these standings", permissions=["change"])
    def revoke_grants(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        """End these standings."""
        for grant in queryset:
            revoke_grant(grant)


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    """Invitations."""

    list_display = ("subject", "scope", "made_by", "expires_at", "revoked_at", "accepted")
    exclude = ("letters_hash", "token_hash")
    actions = ("revoke_invitations",)

    @admin.action(description="Revoke these invitations", permissions=["change"])
    def revoke_invitations(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Let nobody else in by these."""
        for invitation in queryset:
            revoke(invitation)
