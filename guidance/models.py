"""The draft as rows, one kind of row for every noun of `rules.guide`; and what is kept for good once it was published.

Editors change the draft as they like: `drafts` turns it into a guide and back. Proposals, releases and their reviews
are only ever added, by `releases`; here a change or deletion is refused, and the database refuses it again.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import IntegrityError, models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from guidance.rules import loading
from guidance.rules.guide import Choice, Kind, Level, Status, Verdict

KEY_LENGTH = 200

key_shape = RegexValidator(
    rf"\A(?:{loading.KEY.pattern})\Z", "Use lower case words, numbers and hyphens only, such as night-cramps.", "key"
)


def choices(words: Iterable[str]) -> list[tuple[str, str]]:
    return [(str(word), str(word).replace("-", " ")) for word in words]


def takes_answers(value: Any) -> None:
    _convertible(value, dict[str, str | tuple[str, ...]], 'Write {"question": "option", "other": ["option"]}.')


def takes_statuses_by_intervention(value: Any) -> None:
    _convertible(value, dict[str, Status], f'Write {{"intervention": "status"}}. Known: {", ".join(Status)}.')


def takes_keys(value: Any) -> None:
    _convertible(value, tuple[str, ...], 'Write ["key", "another-key"].')


def takes_statuses(value: Any) -> None:
    _convertible(value, tuple[Status, ...], f'Write ["status"]. Known: {", ".join(Status)}.')


def _convertible(value: Any, kind: Any, mend: str) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValidationError(f"{error}. {mend}", "form") from error


def one_owner(model: str, *owners: str) -> CheckConstraint:
    """Exactly one of these foreign keys is filled."""
    alone = Q()
    for owner in owners:
        alone |= Q(**{f"{other}__isnull": other != owner for other in owners})
    return CheckConstraint(condition=alone, name=f"{model}_has_one_owner")


class Edited(models.Model):
    """A row that two editors may have open at once: ``version`` grows with every save, so the second can be told."""

    version = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField("changed", auto_now=True)

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        self.version += 1
        if (fields := options.get("update_fields")) is not None:
            options["update_fields"] = {*fields, "version", "changed_at"}
        super().save(*args, **options)


class Positioned(models.Model):
    """A row with a place among its like. Places need not be consecutive; rows on one place stand as they were made."""

    position = models.PositiveIntegerField(default=0, help_text="Lower numbers come first.")

    class Meta:
        abstract = True
        ordering = ("position", "pk")


class Keyed(Edited, Positioned):
    """A row of the draft that others, addresses and releases know by its key."""

    key = models.CharField(
        max_length=KEY_LENGTH,
        unique=True,
        validators=[key_shape],
        help_text="Stays the same when the words change: addresses and earlier releases use it.",
    )

    class Meta(Positioned.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.key


class Source(Edited):
    """The article. Its text is written once: another text is another version, so that no quote loses its ground."""

    key = models.CharField(max_length=KEY_LENGTH, validators=[key_shape])
    number = models.PositiveIntegerField("text version", default=1, editable=False)
    title = models.CharField()
    publisher = models.CharField(blank=True)
    address = models.CharField(blank=True)
    sha256 = models.CharField(
        "SHA-256",
        blank=True,
        help_text="Of the text in UTF-8, in hexadecimal. Left empty, it is worked out from the text.",
    )
    text = models.TextField(help_text="To the letter. It cannot be changed later: a new text is a new source.")

    class Meta:
        ordering = ("key", "-number")
        constraints = (UniqueConstraint(fields=("key", "number"), name="source_text_version_is_unique"),)

    def __str__(self) -> str:
        return f"{self.title} (text {self.number})"

    def save(self, *args: Any, **options: Any) -> None:
        if self._state.adding:
            self.number = self._next_number()
        elif Source.objects.filter(pk=self.pk).exclude(text=self.text, sha256=self.sha256, key=self.key).exists():
            raise WriteOnceError("The text of a source never changes. Add the new text as a new source.")
        super().save(*args, **options)

    def clean(self) -> None:
        if not self.sha256:
            self.sha256 = hashlib.sha256(self.text.encode()).hexdigest()
        if self._state.adding:
            self.number = self._next_number()

    def _next_number(self) -> int:
        highest: int | None = Source.objects.filter(key=self.key).aggregate(highest=models.Max("number"))["highest"]
        return (highest or 0) + 1


class Draft(Edited):
    """The guide that editors work on: the one row with what belongs to the guide as a whole."""

    title = models.CharField()
    language = models.CharField(default="en", help_text="Such as en or cy.")
    source = models.ForeignKey(Source, models.PROTECT, help_text="The article that every quote comes from.")

    class Meta:
        verbose_name_plural = "draft"
        constraints = (CheckConstraint(condition=Q(pk=1), name="there_is_one_draft"),)

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **options: Any) -> None:
        self.pk = 1
        super().save(*args, **options)


class Section(Keyed):
    """A heading over questions that belong together."""

    label = models.CharField()


class Reference(Keyed):
    """Where a fact comes from that is not in the article."""

    title = models.CharField()
    publisher = models.CharField(help_text="Journal, society or site, with volume and pages where there is no DOI.")
    year = models.IntegerField(null=True, blank=True)
    doi = models.CharField("DOI", blank=True)
    address = models.CharField(blank=True)


class Intervention(Keyed):
    """Something a visitor may wonder about taking."""

    label = models.CharField()
    text = models.TextField(help_text="For visitors.")
    rationale = models.TextField(help_text="For clinicians.")


class Question(Keyed):
    """One page of the questionnaire."""

    section = models.ForeignKey(Section, models.PROTECT, related_name="questions")
    choice = models.CharField(max_length=20, choices=choices(Choice), help_text="How many options may be chosen.")
    label = models.TextField(help_text="The question as put to the visitor.")
    topic = models.CharField(help_text="Two to five words for lists.")
    hint = models.TextField(blank=True)
    why = models.TextField("why we ask", help_text="Open to everyone on the question's page.")
    changeable = models.BooleanField(
        default=True, help_text="Untick for what nobody can change, such as age or a diagnosis."
    )


class Option(Positioned):
    """One answer to a question."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    key = models.CharField(max_length=KEY_LENGTH, validators=[key_shape])
    label = models.TextField()
    hint = models.TextField(blank=True)
    exclusive = models.BooleanField(default=False, help_text="Chosen alone or not at all, where many may be chosen.")
    unknown = models.BooleanField(
        default=False, help_text="Leaves the matter open, as not sure and not tested do: another answer may settle it."
    )

    class Meta(Positioned.Meta):
        constraints = (UniqueConstraint(fields=("question", "key"), name="option_key_is_unique_in_its_question"),)

    def __str__(self) -> str:
        return f"{self.question.key}.{self.key}"


class Wording(Edited, Positioned):
    """How a status is put to visitors."""

    status = models.CharField(max_length=20, unique=True, choices=choices(Status))
    label = models.CharField()
    text = models.TextField()

    class Meta(Positioned.Meta):
        pass

    def __str__(self) -> str:
        return self.get_status_display()


class Rule(Keyed):
    """Holds when all its criteria hold; says what its kind says."""

    kind = models.CharField(max_length=20, choices=choices(Kind))
    on = models.ManyToManyField(Intervention, through="RuleIntervention", related_name="rules")
    verdict = models.CharField(max_length=20, null=True, blank=True, choices=choices(Verdict))  # noqa: DJ001 - none is none
    level = models.CharField(max_length=20, null=True, blank=True, choices=choices(Level))  # noqa: DJ001 - none is none
    heading = models.TextField(help_text="For visitors: a few words; the action itself in an alert.")
    text = models.TextField(help_text="For visitors: one to three sentences.")
    rationale = models.TextField(
        help_text="For clinicians: why the rule is as it is, and where it goes beyond its citations."
    )
    references = models.ManyToManyField(Reference, through="RuleReference", related_name="rules")
    own_reasoning = models.BooleanField(
        default=False, help_text="No outside reference stands behind it; the page says so."
    )
    outranks = models.ManyToManyField(
        "self",
        through="Outranking",
        through_fields=("rule", "outranked"),
        symmetrical=False,
        related_name="outranked_by",
    )
    review_by = models.DateField(null=True, blank=True, help_text="When somebody should look at it again.")

    class Meta(Keyed.Meta):
        constraints = (
            CheckConstraint(
                condition=Q(kind=Kind.VERDICT.value, verdict__isnull=False)
                | (~Q(kind=Kind.VERDICT.value) & Q(verdict__isnull=True)),
                name="verdict_rules_alone_have_a_verdict",
                violation_error_message="A verdict rule needs a verdict; no other rule has one.",
            ),
            CheckConstraint(
                condition=Q(kind=Kind.ALERT.value, level__isnull=False)
                | (~Q(kind=Kind.ALERT.value) & Q(level__isnull=True)),
                name="alerts_alone_have_a_level",
                violation_error_message="An alert needs a level; no other rule has one.",
            ),
        )


class RuleIntervention(Positioned):
    """An intervention that a rule is on."""

    rule = models.ForeignKey(Rule, models.CASCADE)
    intervention = models.ForeignKey(Intervention, models.PROTECT)

    class Meta(Positioned.Meta):
        verbose_name = "intervention of a rule"
        verbose_name_plural = "interventions of a rule"
        constraints = (UniqueConstraint(fields=("rule", "intervention"), name="rule_is_on_an_intervention_once"),)

    def __str__(self) -> str:
        return f"{self.rule} on {self.intervention}"


class RuleReference(Positioned):
    """A reference that stands behind a rule."""

    rule = models.ForeignKey(Rule, models.CASCADE)
    reference = models.ForeignKey(Reference, models.PROTECT)

    class Meta(Positioned.Meta):
        verbose_name = "reference of a rule"
        verbose_name_plural = "references of a rule"
        constraints = (UniqueConstraint(fields=("rule", "reference"), name="rule_names_a_reference_once"),)

    def __str__(self) -> str:
        return f"{self.reference} behind {self.rule}"


class Outranking(Positioned):
    """A rule that another one contradicts and gives way to, acknowledged by name."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="outrankings")
    outranked = models.ForeignKey(Rule, models.PROTECT, related_name="+")

    class Meta(Positioned.Meta):
        verbose_name = "outranked rule"
        constraints = (UniqueConstraint(fields=("rule", "outranked"), name="rule_outranks_another_once"),)

    def __str__(self) -> str:
        return f"{self.rule} outranks {self.outranked}"


class Appraisal(Keyed):
    """How wider evidence stands to sentences of the article. Never from the article."""

    direction = models.TextField(help_text="A few words, such as stronger than the evidence.")
    text = models.TextField()
    references = models.ManyToManyField(Reference, through="AppraisalReference", related_name="appraisals")
    own_reasoning = models.BooleanField(
        default=False, help_text="No outside reference stands behind it; the page says so."
    )


class AppraisalReference(Positioned):
    """A reference that stands behind an appraisal."""

    appraisal = models.ForeignKey(Appraisal, models.CASCADE)
    reference = models.ForeignKey(Reference, models.PROTECT)

    class Meta(Positioned.Meta):
        verbose_name = "reference of an appraisal"
        verbose_name_plural = "references of an appraisal"
        constraints = (UniqueConstraint(fields=("appraisal", "reference"), name="appraisal_names_a_reference_once"),)

    def __str__(self) -> str:
        return f"{self.reference} behind {self.appraisal}"


class Scope(Keyed):
    """A limit on sentences: a verdict may cite them only where all its criteria hold."""

    reason = models.TextField()


class Aside(Keyed):
    """Sentences that support no verdict, and why."""

    reason = models.TextField()


class Omission(Keyed):
    """Something the article leaves out that a visitor should know."""

    heading = models.TextField()
    text = models.TextField()
    references = models.ManyToManyField(Reference, through="OmissionReference", related_name="omissions")


class OmissionReference(Positioned):
    """A reference that stands behind an omission."""

    omission = models.ForeignKey(Omission, models.CASCADE)
    reference = models.ForeignKey(Reference, models.PROTECT)

    class Meta(Positioned.Meta):
        verbose_name = "reference of an omission"
        verbose_name_plural = "references of an omission"
        constraints = (UniqueConstraint(fields=("omission", "reference"), name="omission_names_a_reference_once"),)

    def __str__(self) -> str:
        return f"{self.reference} behind {self.omission}"


class Guarantee(Keyed):
    """What must be true of every possible answer set for which all its criteria hold."""

    text = models.TextField(help_text="The guarantee in words.")
    on = models.ManyToManyField(Intervention, through="GuaranteeIntervention", related_name="guarantees")
    never = models.JSONField(
        default=list, blank=True, validators=[takes_statuses], help_text="Statuses it rules out, as a list."
    )
    always = models.CharField(  # noqa: DJ001 - none is none
        max_length=20, null=True, blank=True, choices=choices(Status), help_text="The one status it promises."
    )

    def clean(self) -> None:
        if bool(self.never) == bool(self.always):
            raise ValidationError("Fill exactly one of never and always.", "one-of-two")


class GuaranteeIntervention(Positioned):
    """An intervention that a guarantee is on."""

    guarantee = models.ForeignKey(Guarantee, models.CASCADE)
    intervention = models.ForeignKey(Intervention, models.PROTECT)

    class Meta(Positioned.Meta):
        verbose_name = "intervention of a guarantee"
        verbose_name_plural = "interventions of a guarantee"
        constraints = (
            UniqueConstraint(fields=("guarantee", "intervention"), name="guarantee_is_on_an_intervention_once"),
        )

    def __str__(self) -> str:
        return f"{self.guarantee} on {self.intervention}"


class Case(Keyed):
    """A whole set of answers, the status each intervention must have for it, and the rules that hold."""

    title = models.TextField()
    answers = models.JSONField(default=dict, blank=True, validators=[takes_answers])
    expected = models.JSONField(default=dict, blank=True, validators=[takes_statuses_by_intervention])
    alert = models.CharField(  # noqa: DJ001 - none is none
        max_length=20,
        null=True,
        blank=True,
        choices=choices(Level),
        help_text="The level of the soonest alert. Where none is chosen, the case does not say.",
    )
    rules = models.JSONField(
        null=True,
        blank=True,
        validators=[takes_keys],
        help_text="The keys of every rule that holds, as a list. Where there is none, the case does not say.",
    )


class Mode(models.TextChoices):
    ANY = "any", "any of"
    NONE = "none", "none of"


class Criterion(Positioned):
    """Holds when any of, or none of, its options is chosen. It belongs to one rule, question, scope or guarantee."""

    OWNERS = ("rule", "question", "scope", "guarantee")

    rule = models.ForeignKey(Rule, models.CASCADE, null=True, blank=True, related_name="criteria")
    question = models.ForeignKey(Question, models.CASCADE, null=True, blank=True, related_name="asked")
    scope = models.ForeignKey(Scope, models.CASCADE, null=True, blank=True, related_name="criteria")
    guarantee = models.ForeignKey(Guarantee, models.CASCADE, null=True, blank=True, related_name="when")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.ANY)
    options = models.ManyToManyField(Option, through="CriterionOption", related_name="criteria")

    class Meta(Positioned.Meta):
        verbose_name_plural = "criteria"
        constraints = (
            one_owner("criterion", "rule", "question", "scope", "guarantee"),
            CheckConstraint(condition=Q(mode__in=["any", "none"]), name="criterion_is_any_of_or_none_of"),
        )

    def __str__(self) -> str:
        named = CriterionOption.objects.filter(criterion=self).select_related("option__question")
        return f"{self.get_mode_display()} {', '.join(str(naming.option) for naming in named)}"


class CriterionOption(Positioned):
    """An option that a criterion names. It keeps the option from being deleted."""

    criterion = models.ForeignKey(Criterion, models.CASCADE)
    option = models.ForeignKey(Option, models.PROTECT)

    class Meta(Positioned.Meta):
        verbose_name = "option of a criterion"
        verbose_name_plural = "options of a criterion"
        constraints = (UniqueConstraint(fields=("criterion", "option"), name="criterion_names_an_option_once"),)

    def __str__(self) -> str:
        return str(self.option)


class Citation(Positioned):
    """One whole sentence of the source, to the letter. It belongs to one rule, question, appraisal, scope or aside."""

    OWNERS = ("rule", "question", "appraisal", "scope", "aside")

    rule = models.ForeignKey(Rule, models.CASCADE, null=True, blank=True, related_name="citations")
    question = models.ForeignKey(Question, models.CASCADE, null=True, blank=True, related_name="citations")
    appraisal = models.ForeignKey(Appraisal, models.CASCADE, null=True, blank=True, related_name="citations")
    scope = models.ForeignKey(Scope, models.CASCADE, null=True, blank=True, related_name="citations")
    aside = models.ForeignKey(Aside, models.CASCADE, null=True, blank=True, related_name="citations")
    sentence = models.IntegerField(
        validators=[MinValueValidator(1, "Sentences are numbered from 1.")],
        help_text="The number of the sentence: a second witness beside the quote.",
    )
    quote = models.TextField(help_text="The whole sentence, to the letter.")
    counterweight = models.BooleanField(default=False, help_text="Speaks against the rule, and is shown as such.")

    class Meta(Positioned.Meta):
        constraints = (one_owner("citation", "rule", "question", "appraisal", "scope", "aside"),)

    def __str__(self) -> str:
        return f"S{self.sentence}: {self.quote}"


class WriteOnceError(IntegrityError):
    """A change or deletion of what is kept as it was written. The message says what to do instead."""


class WriteOnceQuerySet(models.QuerySet[Any]):
    def update(self, **values: Any) -> int:
        raise self._refusal()

    def delete(self) -> tuple[int, dict[str, int]]:
        raise self._refusal()

    def bulk_update(self, *args: Any, **options: Any) -> int:
        raise self._refusal()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        if options.get("update_conflicts"):
            raise self._refusal()
        return super().bulk_create(objs, *args, **options)

    def _refusal(self) -> WriteOnceError:
        return WriteOnceError(
            f"{self.model._meta.verbose_name_plural} never change and are never deleted.".capitalize()
        )


class WriteOnce(models.Model):
    """A row that is added and then stays as it is. Triggers of the database say the same to whoever comes past this."""

    objects = WriteOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise WriteOnceError(f"{self} never changes. {self.mend}")
        super().save(*args, **options | {"force_insert": True})

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise WriteOnceError(f"{self} is never deleted. {self.mend}")

    @property
    def mend(self) -> str:
        return "Add a new one."


class Document(models.Model):
    """One whole guide, frozen as its bytes in UTF-8, with what was found in it and said of it."""

    document = models.TextField(editable=False)
    digest = models.CharField(max_length=64, db_index=True, editable=False)
    report = models.TextField(editable=False, help_text="The problems found in it, as JSON.")
    summary = models.TextField(blank=True, editable=False, help_text="What changes and why, in the proposer's words.")
    acknowledgement = models.TextField(blank=True, editable=False, help_text="What the proposer says to the warnings.")
    proposed_by = models.CharField(editable=False)

    class Meta:
        abstract = True

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The report as it was frozen: code, severity, place, message, mend and example of every problem."""
        found: list[dict[str, Any]] = msgspec.json.decode(self.report)
        return found


class Proposal(Document):
    """A document that somebody wants published. Nothing in it changes but its state, once: `releases` decides it."""

    class State(models.TextChoices):
        OPEN = "open"
        PUBLISHED = "published"
        REJECTED = "rejected"
        WITHDRAWN = "withdrawn"

    base = models.PositiveIntegerField(
        editable=False, help_text="The number of the release it was proposed to replace; 0 for the first."
    )
    proposed_at = models.DateTimeField("proposed", editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.OPEN, editable=False)
    decided_by = models.CharField(blank=True, editable=False)
    decided_at = models.DateTimeField("decided", null=True, editable=False)
    reason = models.TextField(blank=True, editable=False, help_text="Why it was rejected or withdrawn.")

    objects = WriteOnceQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | Q(state__in=["published", "rejected", "withdrawn"], decided_at__isnull=False),
                name="proposal_is_open_until_it_is_decided",
            ),
        )

    def __str__(self) -> str:
        return f"Proposal {self.pk} by {self.proposed_by}, {self.state}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise WriteOnceError(f"{self} is frozen. Withdraw it and propose again.")
        super().save(*args, **options | {"force_insert": True})

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise WriteOnceError(f"{self} is never deleted. Withdraw it instead.")

    def decide(self, state: "Proposal.State", *, by: str, at: datetime, reason: str = "") -> bool:
        """The one change a proposal goes through. Whether it was still open; a second decision changes nothing."""
        still_open: models.QuerySet[Proposal] = models.QuerySet(Proposal).filter(pk=self.pk, state=Proposal.State.OPEN)
        return bool(still_open.update(state=state, decided_by=by, decided_at=at, reason=reason))


class Release(WriteOnce, Document):
    """A guide as it was published: the one document that visitors and clinicians read under this number."""

    number = models.PositiveIntegerField(primary_key=True, editable=False)
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="release", editable=False)
    published_by = models.CharField(editable=False)
    published_at = models.DateTimeField("published", editable=False)

    reviewed: bool
    """Whether a clinician has signed it off, on what `releases` returns."""

    class Meta:
        ordering = ("-number",)
        constraints = (CheckConstraint(condition=Q(number__gte=1), name="releases_are_numbered_from_1"),)

    def __str__(self) -> str:
        return f"Release {self.number}"

    @property
    def mend(self) -> str:
        return "Publish another release: an earlier document can be proposed again."


class ReleaseReview(WriteOnce):
    """A clinician's sign-off of one release."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="reviews", editable=False)
    reviewer = models.CharField()
    role = models.CharField(help_text="Such as consultant hepatologist, with the place of work.")
    statement = models.TextField(help_text="What was reviewed and what the reviewer says of it.")
    reviewed_on = models.DateField("reviewed")

    class Meta:
        ordering = ("reviewed_on", "pk")

    def __str__(self) -> str:
        return f"Review of release {self.release_id} by {self.reviewer}"


class SharedResult(models.Model):
    """Answers that a visitor chose to share, until they expire. The token is in the link alone: here is its SHA-256."""

    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    answers = models.JSONField(editable=False, validators=[takes_answers])
    release = models.ForeignKey(Release, models.PROTECT, related_name="shared_results", editable=False)
    created_at = models.DateTimeField("created", editable=False)
    expires_at = models.DateTimeField("expires", db_index=True, editable=False)

    class Meta:
        constraints = (
            CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="shared_result_expires_later"),
        )

    def __str__(self) -> str:
        return f"Shared result until {self.expires_at:%d %B %Y}"
