"""What must stay true whatever editors change: guarantees and cases."""

from typing import Any, ClassVar

import msgspec
from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from guidance import models
from guidance.admin import effects, keys
from guidance.admin.criteria import CriterionInline
from guidance.admin.editing import Editor
from guidance.admin.keys import KeysField, LinkedForm, Ticks
from guidance.admin.sheets import EditedForm
from guidance.rules import flow, verification
from guidance.rules.guide import Case, Choice, Guide, Kind, Question, Status
from guidance.rules.problem import listed

STATUSES = models.choices(Status)
AS_KEPT = ("answers", "expected", "alert", "rules")
HOLDING = "rules-holding"


class NeverField(forms.MultipleChoiceField):
    """Statuses as a list; those named before keep their order."""

    widget = Ticks

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=STATUSES, required=False, **options)


class GuaranteeForm(EditedForm, LinkedForm):
    links: ClassVar = {"interventions": "on"}
    interventions = KeysField(label="On", required=True)
    never = NeverField(help_text="Statuses it rules out.")

    class Meta:
        model = models.Guarantee
        fields = "__all__"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields.get("interventions")
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = keys.interventions()

    def clean_never(self) -> list[str]:
        ticked = self.cleaned_data["never"]
        before = self.instance.never or []
        return [status for status in before if status in ticked] + [s for s in ticked if s not in before]


class WhenInline(CriterionInline):
    verbose_name_plural = "when: all of these hold"


@admin.register(models.Guarantee)
class GuaranteeAdmin(Editor):
    form = GuaranteeForm
    inlines = (WhenInline,)
    fields = (("key", "position"), "text", "interventions", "never", "always")
    list_display = ("key", "text", "position")
    list_editable = ("position",)
    search_fields = ("key", "text")

    @admin.display(description="On")
    def interventions(self, guarantee: models.Guarantee) -> str:
        """For those who may only look."""
        return ", ".join(keys.named(guarantee, "on"))


class CaseForm(EditedForm):
    """A case as the questionnaire of the draft: one field for every question, one status for every intervention, and
    the rules that hold.

    Made by `case_form` for the draft as it is. What a case says of questions and rules that are not there any more is
    named, and goes when it is saved.
    """

    guide: ClassVar[Guide]

    class Meta:
        model = models.Case
        fields = ("key", "position", "title", "alert")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for question in self.guide.questions:
            answer = self.instance.answers.get(question.key, ()) if isinstance(self.instance.answers, dict) else ()
            chosen = [answer] if isinstance(answer, str) else list(answer)
            many = question.choice is Choice.MANY
            self.initial.setdefault(_answer(question.key), chosen if many else next(iter(chosen), ""))
        for intervention in self.guide.interventions:
            expected = self.instance.expected if isinstance(self.instance.expected, dict) else {}
            self.initial.setdefault(_expected(intervention.key), expected.get(intervention.key, ""))
        self.initial.setdefault(HOLDING, self.instance.rules if isinstance(self.instance.rules, list) else [])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        given = {question.key: cleaned.get(_answer(question.key)) for question in self.guide.questions}
        answers = {key: answer for key, answer in given.items() if answer}
        try:
            path = flow.path(self.guide, answers)
        except flow.AnswerError as error:
            self.add_error(_answer(error.where.partition(".")[2]), error.message)
            return cleaned
        for key in path.missing:
            self.add_error(_answer(key), "This is asked on these answers: answer it. Not sure is an answer too.")
        for key in path.set_aside:
            self.add_error(_answer(key), "This is not asked on these answers: leave it open.")
        self.instance.answers = answers
        self.instance.expected = {item.key: cleaned.get(_expected(item.key)) for item in self.guide.interventions}
        self.instance.rules = cleaned.get(HOLDING) or None
        return cleaned


def case_form(guide: Guide) -> type[CaseForm]:
    """The form for cases of this guide."""
    fields: dict[str, Any] = {"guide": guide, "__module__": __name__}
    for question in guide.questions:
        fields[_answer(question.key)] = _answer_field(question)
    for intervention in guide.interventions:
        fields[_expected(intervention.key)] = forms.ChoiceField(
            choices=[("", "Choose a status"), *STATUSES],
            label=intervention.label,
            error_messages={"required": "Say what is expected: a case names every intervention."},
        )
    fields[HOLDING] = KeysField(
        label="Rules that hold",
        help_text="Every rule that holds on these answers, outranked or not. Tick none to leave it open.",
    )
    fields[HOLDING].choices = [
        (kind.capitalize(), [(rule.key, f"{rule.key}: {rule.heading}") for rule in guide.rules if rule.kind is kind])
        for kind in Kind
    ]
    return type("CaseForm", (CaseForm,), fields)


def _answer_field(question: Question) -> forms.Field:
    options = [(option.key, option.label) for option in question.options]
    if question.choice is Choice.MANY:
        field = KeysField(label=question.topic)
        field.choices = options
        return field
    return forms.ChoiceField(choices=[("", "Not asked"), *options], label=question.topic, required=False)


def _answer(key: str) -> str:
    return f"answer-{key}"


def _expected(key: str) -> str:
    return f"expected-{key}"


@admin.register(models.Case)
class CaseAdmin(Editor):
    list_display = ("key", "title", "position")
    list_editable = ("position",)
    search_fields = ("key", "title")
    actions = ("name_rules",)

    @admin.action(description="Name the rules that hold now", permissions=["change"])
    @transaction.atomic
    def name_rules(self, request: HttpRequest, rows: QuerySet[models.Case]) -> None:
        """After a rule came, went or was reworded, take over in these cases what the draft makes of them."""
        try:
            results = {result.case.key: result for result in verification.cases(effects.sound_draft())}
        except effects.Unsound as unsound:
            self.message_user(request, f"The draft cannot be read as a guide: {unsound}", messages.ERROR)
            return
        changed = 0
        for row in rows:
            result = results.get(row.key)  # None where the case came after the draft was read
            if result is None or not (result.failing or result.unnamed):
                continue
            row.rules = [*(key for key in result.case.rules or () if key not in result.failing), *result.unnamed]
            row.save()
            said = [f"Rules no longer named: {listed(result.failing)}."] if result.failing else []
            said += [f"Rules now named: {listed(result.unnamed)}."] if result.unnamed else []
            self.log_change(request, row, " ".join(said))
            changed += 1
        self.message_user(request, f"{changed} of {len(rows)} cases name other rules now.", messages.SUCCESS)

    def get_form(
        self, request: HttpRequest, obj: models.Case | None = None, change: bool = False, **options: Any
    ) -> Any:
        """The questionnaire of the draft; plain answers while the draft cannot be read as a guide."""
        try:
            options["form"] = case_form(effects.sound_draft())
        except effects.Unsound:
            options["form"] = EditedForm
        if options["form"] is not EditedForm:
            options["fields"] = ("key", "position", "title", "alert")
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: models.Case | None = None) -> Any:
        own = (None, {"fields": (("key", "position"), "title")})
        try:
            draft = effects.sound_draft()
        except effects.Unsound:
            return (own, ("As kept", {"fields": AS_KEPT}))
        if not self.has_change_permission(request, obj):
            return (own, ("As kept", {"fields": AS_KEPT}))
        answers = tuple(_answer(question.key) for question in draft.questions)
        expected = tuple(_expected(intervention.key) for intervention in draft.interventions)
        return (own, ("Answers", {"fields": answers}), ("What is expected", {"fields": (*expected, "alert", HOLDING)}))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        try:
            draft = effects.sound_draft()
        except effects.Unsound as unsound:
            context["faults"] = unsound.faults
        else:
            if case := options.get("obj"):
                context |= _tried(draft, models.Case.objects.get(pk=case.pk))
        return super().render_change_form(request, context, *args, **options)


def _tried(draft: Guide, kept: models.Case) -> dict[str, Any]:
    """What the draft makes of the case as it is kept, and what the case names that is not in the draft."""
    try:
        case = msgspec.convert({name: getattr(kept, name) for name in ("key", "title", *AS_KEPT)}, Case)
    except msgspec.ValidationError as error:
        return {"faults": (str(error),)}
    known = {question.key: {option.key for option in question.options} for question in draft.questions}
    strange = [
        f"{key}.{option}"
        for key, answer in case.answers.items()
        for option in ([answer] if isinstance(answer, str) else answer)
        if option not in known.get(key, ())
    ]
    strange += [key for key in case.expected if key not in {item.key for item in draft.interventions}]
    strange += [key for key in case.rules or () if key not in {rule.key for rule in draft.rules}]
    result = next(iter(verification.cases(msgspec.structs.replace(draft, cases=(case,)))))
    return {"result": result, "strange": strange}
