"""A look at codes and entries; nothing is changed here."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from timeline import services
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
    """Refused records, and those set aside because their device could no longer write."""

    list_display = ("record", "code", "reason", "label", "at")
    list_filter = ("reason",)
    actions = ("take_in",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To the list, for its action; no row can be edited."""
        return obj is None and admin.ModelAdmin.has_change_permission(self, request, obj)

    @admin.action(description="Take everything set aside for these codes into their record")
    def take_in(self, request: HttpRequest, rows: QuerySet[Refusal]) -> None:
        """A person has judged: what waits for the codes of these rows enters their logs, under the person's name."""
        codes = set(rows.filter(reason=Refusal.QUARANTINED).values_list("code", flat=True))
        taken = [result for code in codes for result in services.take_in(code, request.user.get_username())]
        recorded = sum(result.status == "recorded" for result in taken)
        self.message_user(request, f"{recorded} of {len(taken)} records were taken into the record.")


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
