"""Who changed what in the workshop, and when: Django's own log, to be read whole."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guidance.admin.published import Kept


@admin.register(LogEntry)
class HistoryAdmin(Kept):
    list_display = ("action_time", "user", "what", "row", "words")
    list_filter = ("action_time", "user")
    list_select_related = ("user", "content_type")
    list_display_links = None
    search_fields = ("object_repr", "change_message")
    ordering = ("-action_time",)

    @admin.display(description="kind of row")
    def what(self, entry: LogEntry) -> str:
        return str(entry.content_type.name) if entry.content_type else ""

    @admin.display(description="row")
    def row(self, entry: LogEntry) -> str | SafeString:
        address = entry.get_admin_url()
        if address is None or entry.is_deletion():
            return entry.object_repr
        return format_html('<a href="{}">{}</a>', address, entry.object_repr)

    @admin.display(description="what was done")
    def words(self, entry: LogEntry) -> str:
        return entry.get_change_message()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Who changed what, and when", **(extra_context or {})})
