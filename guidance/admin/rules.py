"""Rules, each on one page: criteria and citations as rows, in words what it says, and what it changes."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from guidance import models
from guidance.admin import effects, keys
from guidance.admin.citations import RuleCitationInline
from guidance.admin.criteria import CriterionInline
from guidance.admin.editing import Editor
from guidance.admin.keys import KeysField, LinkedForm
from guidance.admin.sheets import EditedForm
from guidance.rules.guide import Kind


class RuleForm(EditedForm, LinkedForm):
    links: ClassVar = {"interventions": "on", "rests_on": "references", "gives_way": "outranks"}
    interventions = KeysField(
        label="On",
        help_text="A verdict is on one, a caution on at least one, an alert on none; a note on none is on everything.",
    )
    rests_on = KeysField(
        label="References", help_text="What it rests on outside the article. Always for cautions and alerts."
    )
    gives_way = KeysField(
        label="Outranks",
        help_text="Verdict rules on the same intervention that contradict this one and give way to it.",
    )

    class Meta:
        model = models.Rule
        fields = "__all__"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        verdicts = models.Rule.objects.filter(kind=Kind.VERDICT).exclude(pk=self.instance.pk)
        grouped: dict[str, list[tuple[str, str]]] = {}
        for key, heading, on in verdicts.values_list("key", "heading", "on__label"):
            grouped.setdefault(on or "On nothing yet", []).append((key, f"{key}: {heading}"))
        self._offer("interventions", keys.interventions())
        self._offer("rests_on", keys.references())
        self._offer("gives_way", list(grouped.items()))

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        kind, on = cleaned.get("kind"), cleaned.get("interventions", [])
        if kind == Kind.VERDICT and len(on) != 1:
            self.add_error("interventions", "A verdict rule is on exactly one intervention.")
        if kind == Kind.CAUTION and not on:
            self.add_error("interventions", "A caution is on at least one intervention.")
        if kind == Kind.ALERT and on:
            self.add_error("interventions", "An alert is on the whole result: untick every intervention.")
        if kind == Kind.VERDICT and not cleaned.get("verdict"):
            self.add_error("verdict", "A verdict rule needs a verdict.")
        if kind not in (Kind.VERDICT, None) and cleaned.get("verdict"):
            self.add_error("verdict", "Only a verdict rule has a verdict. Leave it open.")
        if kind == Kind.ALERT and not cleaned.get("level"):
            self.add_error("level", "An alert needs a level.")
        if kind not in (Kind.ALERT, None) and cleaned.get("level"):
            self.add_error("level", "Only an alert has a level. Leave it open.")
        if kind not in (Kind.VERDICT, None) and cleaned.get("gives_way"):
            self.add_error("gives_way", "Only verdict rules outrank others.")
        return cleaned

    def _offer(self, name: str, choices: keys.Choices) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = choices


@admin.register(models.Rule)
class RuleAdmin(Editor):
    form = RuleForm
    inlines = (CriterionInline, RuleCitationInline)
    list_display = ("key", "heading", "kind", "on_interventions", "says", "review_by", "position")
    list_editable = ("position",)
    list_filter = ("kind", "on", "verdict", "level", "own_reasoning")
    search_fields = ("key", "heading", "text", "rationale")
    fieldsets = (
        (None, {"fields": (("key", "position"), "kind", "interventions", "verdict", "level")}),
        ("Words", {"fields": ("heading", "text", "rationale")}),
        ("On whose word", {"fields": ("rests_on", "own_reasoning", "review_by")}),
        ("Contradictions", {"fields": ("gives_way",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Rule]:
        return super().get_queryset(request).prefetch_related("on")

    @admin.display(description="on")
    def on_interventions(self, rule: models.Rule) -> str:
        return ", ".join(intervention.label for intervention in rule.on.all()) or "the whole result"

    @admin.display(description="says")
    def says(self, rule: models.Rule) -> str:
        return rule.get_verdict_display() or rule.get_level_display() or ""

    # For those who may only look, and see no form.

    @admin.display(description="On")
    def interventions(self, rule: models.Rule) -> str:
        return ", ".join(keys.named(rule, "on"))

    @admin.display(description="References")
    def rests_on(self, rule: models.Rule) -> str:
        return ", ".join(keys.named(rule, "references"))

    @admin.display(description="Outranks")
    def gives_way(self, rule: models.Rule) -> str:
        return ", ".join(keys.named(rule, "outranks"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        if rule := options.get("obj"):
            # As it is kept: an answer to a form with errors holds what was typed.
            context["saying"] = effects.saying(models.Rule.objects.values_list("key", flat=True).get(pk=rule.pk))
        return super().render_change_form(request, context, *args, **options)

    def response_add(
        self, request: HttpRequest, obj: models.Rule, post_url_continue: str | None = None
    ) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        return self._to_effect(request, obj) or response

    def response_change(self, request: HttpRequest, obj: models.Rule) -> HttpResponse:
        response = super().response_change(request, obj)
        return self._to_effect(request, obj) or response

    def _to_effect(self, request: HttpRequest, rule: models.Rule) -> HttpResponse | None:
        if "_effect" not in request.POST or not self.has_view_or_change_permission(request, rule):
            return None
        return HttpResponseRedirect(f"{reverse('admin:guidance_rule_change', args=[rule.pk])}#effect")
