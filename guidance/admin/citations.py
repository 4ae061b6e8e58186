"""Citations on the page of what cites: the sentence is picked, or the quote is typed and found in the article."""

from typing import Any, ClassVar

from django import forms
from django.db import models as django_models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator

from guidance import models
from guidance.admin.editing import RowForm, RowsInline
from guidance.rules import quotes
from guidance.rules.quotes import Ambiguous, Missing, Sentence

AROUND = 40
"""Letters shown on either side of the place where a quote and the article part."""


class Article:
    """The source the draft quotes, opened once for a page."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sentences = {sentence.number: sentence for sentence in quotes.sentences(text)}

    def fault(self, quote: str, number: int | None) -> str:
        """Why this is no quote of the article under this number, or nothing."""
        found = quotes.locate(self.text, quote)
        if isinstance(found, Missing):
            return _missing(found, quote)
        if isinstance(found, Ambiguous):
            return f"These words stand in {len(found.starts)} places of the article. Quote one whole sentence."
        if found.sentence is None:
            within = [s for s in self.sentences.values() if s.start < found.end and found.start < s.end]
            whole = f" The whole of S{within[0].number} is: “{within[0].text}”" if within else ""
            return f"This is not one whole sentence of the article.{whole}"
        if number is not None and found.sentence != number:
            return (
                f"This is sentence S{found.sentence}, and S{number} is chosen. Choose S{found.sentence}, "
                f"or empty the quote to take S{number}."
            )
        return ""

    def number(self, quote: str) -> int | None:
        """Which sentence a quote is the whole of."""
        found = quotes.locate(self.text, quote)
        return None if isinstance(found, Missing | Ambiguous) else found.sentence


def _missing(found: Missing, quote: str) -> str:
    nearest, at = found
    if nearest is None:
        return "The guide has no article to quote yet. Choose one on the page of the draft."
    start = max(at - AROUND, 0)
    shared = nearest.text[start:at]
    after = f"after “{'…' if start else ''}{shared}” " if shared else ""
    return (
        f"The article does not say this to the letter. The nearest sentence is S{nearest.number}: “{nearest.text}” "
        f"They part {after}where the article has “{_ahead(nearest.text, at)}” and the quote “{_ahead(quote, at)}”."
    )


def _ahead(text: str, at: int) -> str:
    return f"{text[at : at + AROUND]}{'…' if len(text) > at + AROUND else ''}" or "ends"


class SentenceSelect(forms.Select):
    """The sentences of the article; each carries its words in full, for the script that fills the quote."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.quotes: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **options)
        if quote := self.quotes.get(str(value)):
            option["attrs"]["data-quote"] = quote
        return option


class CitationForm(RowForm):
    article = Article("")
    sentence = forms.TypedChoiceField(
        coerce=int,
        required=False,
        empty_value=None,
        widget=SentenceSelect,
        help_text="Choosing one fills the quote. Left open, it is found by the quote.",
    )
    quote = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "spellcheck": "false", "class": "vLargeTextField"}),
        help_text="The whole sentence, to the letter: checked on saving.",
    )

    class Meta:
        model = models.Citation
        fields = ("sentence", "quote", "counterweight", "position")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        sentences = self.article.sentences
        choices = [("", "Choose a sentence")] + [(str(n), _option(s)) for n, s in sentences.items()]
        kept = self.instance
        if kept.pk and kept.sentence not in sentences:
            choices.append((str(kept.sentence), f"S{kept.sentence} (the article has no such sentence)"))
        select = self.fields["sentence"]
        if isinstance(select, forms.TypedChoiceField) and isinstance(select.widget, SentenceSelect):
            select.choices = choices
            select.widget.quotes = {str(number): sentence.text for number, sentence in sentences.items()}
        if kept.pk and (fault := self.article.fault(kept.quote, kept.sentence)):
            self.fields["quote"].help_text = format_html('<strong class="broken-quote">{}</strong>', fault)

    def clean(self) -> dict[str, Any] | None:
        """A citation that was not touched stays as it is, even a broken one: the rest can be mended first."""
        cleaned = super().clean() or {}
        touched = {"sentence", "quote"} & set(self.changed_data)
        if self.errors or (self.instance.pk and not touched):
            return cleaned
        quote, number = cleaned.get("quote", ""), cleaned.get("sentence")
        if number in self.article.sentences and (not quote or touched == {"sentence"}):
            cleaned["quote"] = quote = self.article.sentences[number].text
        if not quote:
            self.add_error("quote", "Choose a sentence above, or type one to the letter.")
        elif fault := self.article.fault(quote, number):
            self.add_error("quote", fault)
        else:
            cleaned["sentence"] = self.article.number(quote)
        return cleaned


class CitationInline(RowsInline):
    model = models.Citation
    form = CitationForm
    fields: ClassVar[Any] = ("sentence", "quote", "position")
    verbose_name_plural = "citations of the article"

    def get_formset(self, request: HttpRequest, obj: django_models.Model | None = None, **options: Any) -> Any:
        draft = models.Draft.objects.select_related("source").first()
        article = Article(draft.source.text if draft else "")
        options["form"] = type("CitationForm", (CitationForm,), {"article": article})
        return super().get_formset(request, obj, **options)


class RuleCitationInline(CitationInline):
    fields: ClassVar[Any] = ("sentence", "quote", ("counterweight", "position"))


def _option(sentence: Sentence) -> str:
    return f"S{sentence.number} {Truncator(sentence.text).chars(90)}"
