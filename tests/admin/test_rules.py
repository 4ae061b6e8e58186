"""A rule on its page, through HTTP as an editor's browser sends it."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from guidance import drafts, models
from guidance.releases import Live
from guidance.rules import quotes
from guidance.rules.guide import Citation, Criterion, Guide, Kind, Verdict
from tests.admin.pages import form, text

pytestmark = pytest.mark.django_db

ADD = "/admin/guidance/rule/add/"
S27 = (
    "For the average person with idiopathic or exercise-related leg cramps who is not zinc deficient, the current "
    "scientific literature does not offer strong support for routine zinc supplementation as a solution."
)


def address(key: str) -> str:
    return reverse("admin:guidance_rule_change", args=[models.Rule.objects.get(key=key).pk])


def new_rule(client: Client, **changes: object) -> dict[str, object]:
    """The form for a new rule, filled in as far as a verdict needs."""
    return {
        **form(client.get(ADD), "rule"),
        "key": "zinc-low-often",
        "kind": "verdict",
        "interventions": ["zinc"],
        "verdict": "possible",
        "heading": "Low zinc, often",
        "text": "Your zinc is low and your cramps come often.",
        "rationale": "Made for a test.",
        "criteria-0-mode": "any",
        "criteria-0-chosen": ["zinc-test.low"],
        "citations-0-sentence": "27",
        **changes,
    }


def test_an_editor_adds_a_rule_with_criteria_and_citations(draft: Guide, editor: Client) -> None:
    data = new_rule(
        editor,
        **{
            "criteria-TOTAL_FORMS": "2",
            "criteria-1-mode": "none",
            "criteria-1-chosen": ["frequency.less", "frequency.not-sure", "illness.cirrhosis"],
            "criteria-1-position": "1",
        },
    )
    assert editor.post(ADD, data).status_code == 302

    rule = next(rule for rule in drafts.assemble().rules if rule.key == "zinc-low-often")
    assert (rule.kind, rule.on, rule.verdict) == (Kind.VERDICT, ("zinc",), Verdict.POSSIBLE)
    assert rule.criteria == (
        Criterion(any_of=("zinc-test.low",)),
        Criterion(none_of=("frequency.less", "frequency.not-sure", "illness.cirrhosis")),
    )
    assert rule.citations == (Citation(sentence=27, quote=S27),)
    assert drafts.assemble().rules[-1] == rule


def test_saving_a_rule_as_it_stands_changes_nothing(draft: Guide, editor: Client) -> None:
    for rule in models.Rule.objects.all():
        there = reverse("admin:guidance_rule_change", args=[rule.pk])
        assert editor.post(there, form(editor.get(there), "rule")).status_code == 302
    assert drafts.assemble() == draft
    assert set(LogEntry.objects.values_list("change_message", flat=True)) == {"Saved without a change."}


def test_a_typed_quote_finds_its_sentence(draft: Guide, editor: Client) -> None:
    editor.post(ADD, new_rule(editor, **{"citations-0-sentence": "", "citations-0-quote": f" {S27}\r\n"}))
    assert models.Citation.objects.get(rule__key="zinc-low-often").sentence == 27


@pytest.mark.parametrize(
    ("sentence", "quote", "said"),
    [
        ("27", S27.replace("idiopathic", "unexplained"), "They part after “For the average person with ” where the"),
        (
            "",
            S27.replace("idiopathic", "unexplained"),
            "has “idiopathic or exercise-related leg cramp…” and the quote “unexpl",
        ),
        ("", S27.replace("average", "ordinary"), f"The nearest sentence is S27: “{S27}”"),
        ("26", S27, "This is sentence S27, and S26 is chosen. Choose S27, or empty the quote to take S26."),
        ("", "the average person", f"This is not one whole sentence of the article. The whole of S27 is: “{S27}”"),
        ("", "zinc", "These words stand in "),
    ],
)
def test_a_quote_that_is_not_the_articles_is_refused_and_kept_on_the_page(
    draft: Guide, editor: Client, sentence: str, quote: str, said: str
) -> None:
    data = new_rule(editor, **{"citations-0-sentence": sentence, "citations-0-quote": quote})
    response = editor.post(ADD, data)
    assert response.status_code == 200
    assert said in text(response)
    assert form(response, "rule")["citations-0-quote"] == [quote]
    assert not models.Rule.objects.filter(key="zinc-low-often").exists()


def test_choosing_another_sentence_takes_its_words(draft: Guide, editor: Client) -> None:
    there = address("zinc-low-alone")
    data = form(editor.get(there), "rule") | {"citations-0-sentence": ["27"]}
    editor.post(there, data)
    assert models.Citation.objects.filter(rule__key="zinc-low-alone", sentence=27, quote=S27).exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"interventions": []}, "A verdict rule is on exactly one intervention."),
        ({"verdict": ""}, "A verdict rule needs a verdict."),
        ({"level": "urgent"}, "Only an alert has a level."),
        ({"kind": "caution", "interventions": [], "verdict": ""}, "A caution is on at least one intervention."),
        ({"kind": "alert", "verdict": "", "level": "urgent"}, "An alert is on the whole result"),
        ({"kind": "note", "verdict": "", "gives_way": ["zinc-low-alone"]}, "Only verdict rules outrank others."),
        ({"criteria-0-chosen": [], "criteria-0-mode": "none"}, "Tick at least one option"),
        ({"criteria-0-chosen": ["zinc-test.lost"]}, "“zinc-test.lost” is not there any more."),
        ({"key": "Zinc low"}, "Use lower case words, numbers and hyphens only"),
    ],
)
def test_what_does_not_fit_is_said_where_it_stands(
    draft: Guide, editor: Client, changes: dict[str, object], said: str
) -> None:
    response = editor.post(ADD, new_rule(editor, **changes))
    assert response.status_code == 200
    assert said in text(response)


def test_the_page_says_the_rule_in_words_and_what_it_changes(published: Live, editor: Client) -> None:
    data = form(editor.get(address("zinc-low-alone")), "rule") | {"verdict": ["relevant"], "_effect": ["1"]}
    response = editor.post(address("zinc-low-alone"), data)
    assert response["Location"] == f"{address('zinc-low-alone')}#effect"

    page = text(editor.get(address("zinc-low-alone")))
    assert "the verdict on Zinc is relevant" in page
    low = next(option.label for q in published.guide.questions if q.key == "zinc-test" for option in q.options)
    assert f": “{low}”" in page.partition("What it says now")[2].partition("the verdict on")[0]
    possible, relevant = (
        next(wording.label for wording in published.guide.wordings if wording.status == status)
        for status in ("possible", "relevant")
    )
    assert f"Zinc : from “{possible}” to “{relevant}” for" in page
    assert "An example" in page


def test_the_example_opens_in_the_explorer_and_as_a_visitor_would_see_it(published: Live, editor: Client) -> None:
    there = address("zinc-low-alone")
    editor.post(there, form(editor.get(there), "rule") | {"verdict": ["relevant"]})
    example = re.search(r'(?s)<form action="/rationale/explorer/".*?</form>', editor.get(there).content.decode())
    assert example
    answers: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([a-z-]+)" value="([a-z-]+)">', example.group()):
        answers.setdefault(name, []).append(value)
    assert answers["zinc-test"] == ["low"]
    assert (
        'data-status="relevant"'
        in editor.post(reverse("guidance:explorer"), answers | {"_draft": "on"}).content.decode()
    )
    result = editor.post(reverse("guidance:preview-draft-page", args=["open/"]), answers, follow=True).content.decode()
    assert re.search(r'data-intervention="zinc" data-status="relevant"', result)


def test_the_problems_of_a_rule_stand_on_its_page(published: Live, editor: Client) -> None:
    there = address("zinc-low-alone")
    editor.post(there, form(editor.get(there), "rule") | {"text": ["Take 50 mg of zinc."], "criteria-0-mode": ["none"]})
    page = text(editor.get(there))
    assert "Problems in it Error. The text names a dose or a volume: “50 mg”." in page
    assert "elsewhere in the draft" in page


def test_a_rule_as_published_is_said_to_be(published: Live, editor: Client) -> None:
    assert "The rule is as it is in release 1." in text(editor.get(address("zinc-low-alone")))


def test_without_a_release_there_is_nothing_to_compare_with(draft: Guide, editor: Client) -> None:
    assert "No release is published yet" in text(editor.get(address("zinc-low-alone")))


def test_a_broken_draft_can_still_be_edited(published: Live, editor: Client) -> None:
    models.Guarantee.objects.filter(key="help-first").update(never=["whatever"])
    there = address("zinc-low-alone")
    page = editor.get(there)
    assert "The draft cannot be read as a whole guide just now." in text(page)
    assert editor.post(there, form(page, "rule") | {"heading": ["Low zinc alone"]}).status_code == 302
    assert models.Rule.objects.get(key="zinc-low-alone").heading == "Low zinc alone"


def test_a_broken_quote_is_shown_and_does_not_stop_other_mending(draft: Guide, editor: Client) -> None:
    models.Citation.objects.filter(rule__key="zinc-low-alone", sentence=26).update(quote="This evidence suggest much.")
    there = address("zinc-low-alone")
    page = editor.get(there)
    assert "The article does not say this to the letter. The nearest sentence is S" in text(page)
    assert editor.post(there, form(page, "rule") | {"heading": ["Low zinc alone"]}).status_code == 302


def test_no_page_fails_without_a_draft(db: None, editor: Client) -> None:
    response = editor.post(ADD, new_rule(editor, **{"citations-0-sentence": "", "citations-0-quote": S27}))
    assert response.status_code == 200
    assert "The guide has no article to quote yet." in text(response)


def test_the_history_says_in_words_what_changed(draft: Guide, editor: Client) -> None:
    there = address("zinc-low-alone")
    data = form(editor.get(there), "rule") | {
        "heading": ["Low zinc"],
        "criteria-0-mode": ["none"],
        "criteria-1-DELETE": ["on"],
    }
    before = models.Rule.objects.get(key="zinc-low-alone").heading
    editor.post(there, data)

    said = LogEntry.objects.latest("action_time").get_change_message()
    assert f"Heading: “{before}” became “Low zinc”." in said
    assert "Criterion 1, holds when chosen is: “any of” became “none of”." in said
    assert "Criterion removed: holds when chosen is any of; options " in said
    assert said.split("Criterion removed")[0] in text(editor.get(there.replace("change", "history")))
    assert said.split("Criterion removed")[0] in text(editor.get("/admin/admin/logentry/"))


def test_what_was_deleted_stays_in_the_history(draft: Guide, editor: Client) -> None:
    rule = models.Rule.objects.get(key="zinc-low-alone")
    editor.post(reverse("admin:guidance_rule_delete", args=[rule.pk]), {"post": "yes"})
    assert not models.Rule.objects.filter(key="zinc-low-alone").exists()
    assert f"heading {rule.heading}" in LogEntry.objects.latest("action_time").get_change_message()


def test_rules_are_put_in_another_order_in_their_list(draft: Guide, editor: Client) -> None:
    there = reverse("admin:guidance_rule_changelist")
    data = form(editor.get(there), "changelist")
    first, second = (name for name in data if name in ("form-0-position", "form-1-position"))
    data[first], data[second] = data[second], data[first]
    assert editor.post(there, data | {"_save": ["Save"]}).status_code == 302
    assert [rule.key for rule in drafts.assemble().rules[:2]] == [rule.key for rule in draft.rules[1::-1]]


def test_the_sentences_offered_are_the_articles_own(draft: Guide, editor: Client) -> None:
    page = editor.get(ADD).content.decode()
    for sentence in quotes.sentences(draft.source.text):
        assert f">S{sentence.number} " in page
