"""The article and what is said of its sentences: sources, appraisals, scopes, asides; and the draft."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guidance import models
from guidance.admin.citations import Article, CitationInline
from guidance.admin.criteria import CriterionInline
from guidance.admin.editing import Editor
from guidance.admin.sheets import EditedForm
from guidance.admin.words import RestingEditor


class Moved(NamedTuple):
    """A citation beside another text of the article."""

    citation: models.Citation
    owner: Any
    address: str
    number: int | None
    """Its sentence there; None where the quote breaks."""
    fault: str


class Switch(NamedTuple):
    """What becomes of every citation when the draft quotes another source."""

    stay: int
    renumbered: tuple[Moved, ...]
    broken: tuple[Moved, ...]


def switch(source: models.Source) -> Switch:
    """What would become of the draft's citations on this source. Nothing is changed."""
    moved = tuple(_moved(Article(source.text)))
    return Switch(
        stay=sum(move.number == move.citation.sentence for move in moved),
        renumbered=tuple(move for move in moved if move.number not in (None, move.citation.sentence)),
        broken=tuple(move for move in moved if move.number is None),
    )


def _moved(article: Article) -> Iterator[Moved]:
    for citation in models.Citation.objects.select_related(*models.Citation.OWNERS):
        owner = next(owner for name in citation.OWNERS if (owner := getattr(citation, name)))
        address = reverse(f"admin:guidance_{owner._meta.model_name}_change", args=[owner.pk])
        number = article.number(citation.quote)
        fault = "" if number else article.fault(citation.quote, citation.sentence)
        yield Moved(citation, owner, address, number, fault)


class SourceForm(EditedForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if isinstance(text := self.fields.get("text"), forms.CharField):
            text.strip = False


@admin.register(models.Source)
class SourceAdmin(Editor):
    form = SourceForm
    list_display = ("title", "key", "number", "publisher", "chosen")
    search_fields = ("key", "title", "publisher")
    change_form_template = "admin/guidance/source/change_form.html"

    def get_fieldsets(self, request: HttpRequest, obj: models.Source | None = None) -> Any:
        kept = ("key", "number", "sha256", "text") if obj else ("key", "text")
        return ((None, {"fields": ("title", "publisher", "address", *kept)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Source | None = None) -> tuple[str, ...]:
        return ("key", "number", "sha256", "text") if obj else ()

    @admin.display(description="chosen by the draft", boolean=True)
    def chosen(self, source: models.Source) -> bool:
        return models.Draft.objects.filter(source=source).exists()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.switch_view)
        return [path("<int:pk>/switch/", view, name="guidance_source_switch"), *super().get_urls()]

    def switch_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the draft quote this source: first what would become of its quotes, then the switch itself."""
        if not request.user.has_perm("guidance.change_draft"):
            raise PermissionDenied
        source = models.Source.objects.filter(pk=pk).first()
        draft = models.Draft.objects.select_related("source").first()
        if source is None or draft is None:
            raise Http404
        if request.method == "POST":
            return self._switched(request, source)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Let the draft quote another source",
            "source": source,
            "draft": draft,
            "switch": switch(source),
        }
        return TemplateResponse(request, "admin/guidance/source/switch.html", context)

    def _switched(self, request: HttpRequest, source: models.Source) -> HttpResponse:
        with transaction.atomic():
            draft = models.Draft.objects.select_for_update().select_related("source").get()
            before = draft.source
            found = switch(source)
            for move in found.renumbered:
                move.citation.sentence = move.number or move.citation.sentence
                move.citation.save(update_fields=["sentence"])
            for owner in {move.address: move.owner for move in found.renumbered}.values():
                owner.save(update_fields=["version"])
            draft.source = source
            draft.save()
            said = (
                f"Source: “{before}” became “{source}”. {len(found.renumbered)} citations got another sentence number, "
                f"{len(found.broken)} broke."
            )
            LogEntry.objects.log_actions(request.user.pk or 0, [draft], CHANGE, said, single_object=True)
        self.message_user(request, said, messages.WARNING if found.broken else messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:guidance_source_change", args=[source.pk]))


@admin.register(models.Draft)
class DraftAdmin(Editor):
    def get_fieldsets(self, request: HttpRequest, obj: models.Draft | None = None) -> Any:
        return ((None, {"fields": ("title", "language", "quoted" if obj else "source")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Draft | None = None) -> tuple[str, ...]:
        return ("quoted",)

    @admin.display(description="source")
    def quoted(self, draft: models.Draft) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>. To choose another one, open it and see first what would become of the quotes.',
            reverse("admin:guidance_source_changelist"),
            draft.source,
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not models.Draft.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: models.Draft | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one draft: its list leads to it."""
        draft = models.Draft.objects.first()
        if draft is None or not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:guidance_draft_change", args=[draft.pk]))


@admin.register(models.Appraisal)
class AppraisalAdmin(RestingEditor):
    inlines = (CitationInline,)
    fields = (("key", "position"), "direction", "text", "rests_on", "own_reasoning")
    list_display = ("key", "direction", "own_reasoning", "position")
    list_editable = ("position",)
    search_fields = ("key", "direction", "text")


@admin.register(models.Scope)
class ScopeAdmin(Editor):
    inlines = (CriterionInline, CitationInline)
    fields = (("key", "position"), "reason")
    list_display = ("key", "reason", "position")
    list_editable = ("position",)
    search_fields = ("key", "reason")


@admin.register(models.Aside)
class AsideAdmin(Editor):
    inlines = (CitationInline,)
    fields = (("key", "position"), "reason")
    list_display = ("key", "reason", "position")
    list_editable = ("position",)
    search_fields = ("key", "reason")
