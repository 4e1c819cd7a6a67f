"""A look at codes and entries; nothing is changed here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from timeline.models import Code, CodeView, Debrief, Entry, Refusal

# Django's class takes a type only in its stubs.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnly(ModelAdmin):
    """Shows and never changes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Code)
class CodeAdmin(ReadOnly):
    """Codes."""

    list_display = ("name", "mode", "head", "opened_at", "closed_at", "outcome")
    list_filter = ("mode", "outcome")
    search_fields = ("name",)


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    """Entries."""

    list_display = ("code", "seq", "kind", "received", "device")
    list_filter = ("kind",)


@admin.register(Refusal)
class RefusalAdmin(ReadOnly):
    """Refused records."""

    list_display = ("record", "code", "reason", "label", "at")


@admin.register(Debrief)
class DebriefAdmin(ReadOnly):
    """Debriefs."""

    list_display = ("code", "head", "state", "pages", "made_at")
    exclude = ("pdf",)


@admin.register(CodeView)
class CodeViewAdmin(ReadOnly):
    """Who looked at which past code."""

    list_display = ("code", "person", "what", "at")
    list_filter = ("what",)
