"""What was proposed, published, reviewed and shared: to be read here, never changed."""

from typing import Any

import msgspec
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from guidance import models
from guidance.admin.typed import ModelAdmin


class Kept(ModelAdmin):
    """Rows that are looked at. Whoever may publish does it on the workbench."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="problems it was frozen with")
    def found(self, frozen: models.Document) -> str | SafeString:
        try:
            problems = frozen.problems
        except msgspec.DecodeError:
            return frozen.report
        if not problems:
            return "None."
        rows = ((p.get("severity", ""), p.get("place", ""), p.get("message", "")) for p in problems)
        return format_html_join("", "<p><strong>{}</strong> {}: {}</p>", rows)


@admin.register(models.Proposal)
class ProposalAdmin(Kept):
    list_display = ("id", "state", "summary", "proposed_by", "proposed_at", "decided_by", "decided_at")
    list_filter = ("state",)
    fields = (
        "state", "summary", "acknowledgement", "found", "base", "proposed_by", "proposed_at", "decided_by",
        "decided_at", "reason", "digest",
    )  # fmt: skip


@admin.register(models.Release)
class ReleaseAdmin(Kept):
    list_display = ("number", "summary", "proposed_by", "published_by", "published_at")
    fields = (
        "number", "summary", "acknowledgement", "found", "proposed_by", "published_by", "published_at", "proposal",
        "digest",
    )  # fmt: skip


@admin.register(models.ReleaseReview)
class ReleaseReviewAdmin(Kept):
    list_display = ("release", "reviewer", "role", "reviewed_on")
    fields = ("release", "reviewer", "role", "statement", "reviewed_on")


@admin.register(models.SharedResult)
class SharedResultAdmin(Kept):
    """How many there are. What a visitor shared is for whoever holds the link, not for the workshop."""

    def get_urls(self) -> list[Any]:
        # The list alone: a shared result has no page here under any address.
        return [pattern for pattern in super().get_urls() if pattern.name == "guidance_sharedresult_changelist"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        by_release = (
            models.SharedResult.objects.values("release")
            .annotate(
                open=Count("pk", filter=Q(expires_at__gt=now)), expired=Count("pk", filter=Q(expires_at__lte=now))
            )
            .order_by("-release")
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Shared results",
            "by_release": by_release,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/guidance/sharedresult/counts.html", context)
