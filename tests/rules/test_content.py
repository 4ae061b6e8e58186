"""The shipped guide against its tables, written here a second time; and the guide against the article."""

import hashlib
import random
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from guidance.rules import engine, loading, quotes
from guidance.rules.guide import Case, Citation, Criterion, Guide, Kind, Level, Rule, Status, Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures"
ALL = ("zinc", "magnesium", "potassium", "fluids")

QUESTIONS = """
who             | one  |                   | adult older pregnant child not-sure
emergency       | many |                   | chest leg-cold saddle confusion dark-urine tight-leg heartbeat stiff-jaw none! not-sure!
pregnancy-signs | many | who pregnant      | headache-vision rib-pain sudden-swelling none! not-sure!
same-day        | many |                   | leg-swollen long-cramp toxin statin-pain dried-out none! not-sure!
child-signs     | many | who child         | limp fever hot-joint unwell none! not-sure!
timing          | one  |                   | night exercise both no-pattern not-sure
frequency       | one  |                   | weekly less not-sure
exertion        | one  |                   | sweat effort both neither not-sure
hydration       | one  |                   | short normal over not-sure
illness         | one  |                   | cirrhosis other-liver other-illness none not-sure
liver-signs     | many | illness cirrhosis | confusion bleeding fever-belly none! not-sure!
zinc-test       | one  |                   | low normal not-tested not-sure
low-minerals    | many |                   | magnesium potassium calcium none! not-tested! not-sure!
diet            | one  |                   | regular rarely not-sure
conditions      | many |                   | kidney fluid high-potassium nerve-muscle none! not-sure!
medicines       | many |                   | raises-potassium water-tablet binder cramp-linked none! not-sure!
supplements     | many |                   | zinc magnesium potassium none! not-sure!
routine-signs   | many |                   | sleep numb-swollen weakness walking-pain new-medicine elsewhere thirst none! not-sure!
"""  # noqa: E501

WHY = """
timing S10 S22 S27 S30 | frequency S30 | exertion S10 S12 S35 | hydration S5 S6 S33 S34 S35 | illness S23 S24 S26
zinc-test S24 S26 S27 | low-minerals S7 S8 | diet S30 S32
"""

VERDICTS = """
zinc-low-with-cirrhosis       | zinc      | relevant      | zinc-test low; illness cirrhosis; timing night both no-pattern             | S26 S25 S24 S23
zinc-low-with-other-illness   | zinc      | relevant      | zinc-test low; illness other-illness                                       | S26 S23 S25
zinc-low-cirrhosis-exercise   | zinc      | possible      | zinc-test low; illness cirrhosis; timing exercise not-sure                 | S26 S25
zinc-low-alone                | zinc      | possible      | zinc-test low; illness other-liver none not-sure                           | S26 S18
zinc-cirrhosis-untested       | zinc      | possible      | zinc-test not-tested not-sure; illness cirrhosis                           | S24 S26 S25
zinc-illness-untested         | zinc      | cannot-tell   | zinc-test not-tested not-sure; illness other-liver other-illness not-sure  | S26 S23
zinc-tested-normal            | zinc      | not-supported | zinc-test normal                                                           | S26 S21
zinc-average-person           | zinc      | not-supported | zinc-test normal not-tested not-sure; illness none                         | S27 S22 S21
magnesium-known-low           | magnesium | relevant      | low-minerals magnesium                                                     | S8 S9 S29
magnesium-frequent-night      | magnesium | relevant      | frequency weekly; timing night both                                        | S30 S29 S28
magnesium-frequent-other      | magnesium | possible      | frequency weekly; timing exercise no-pattern not-sure                      | S30 S28 -S12
magnesium-some-nights         | magnesium | possible      | frequency less not-sure; timing night both                                 | S30 S29
magnesium-rare-exercise       | magnesium | not-indicated | frequency less; timing exercise                                            | S10 S11 S12
magnesium-rare-no-pattern     | magnesium | not-indicated | frequency less; timing no-pattern                                          | S30
magnesium-unclear-timing      | magnesium | cannot-tell   | frequency less not-sure; timing not-sure                                   | S30
magnesium-unclear-frequency   | magnesium | cannot-tell   | frequency not-sure; timing exercise no-pattern                             | S30
potassium-known-low           | potassium | relevant      | low-minerals potassium                                                     | S8 S31
potassium-sweat-or-dehydration| potassium | relevant      | exertion sweat both + hydration short                                      | S35 S32 S31 -S12
potassium-diet                | potassium | possible      | diet rarely                                                                | S32 S28
potassium-unclear             | potassium | cannot-tell   | exertion not-sure + hydration not-sure + diet not-sure                     | S32 S35
potassium-not-indicated       | potassium | not-indicated | exertion effort neither; hydration normal over; diet regular               | S32
fluids-dehydration            | fluids    | relevant      | hydration short                                                            | S6 S33 S34 S35
fluids-sweat                  | fluids    | relevant      | exertion sweat both                                                        | S35 S33 S34
fluids-maintain               | fluids    | maintain      | hydration normal over not-sure; exertion effort neither not-sure           | S33 S34
"""  # noqa: E501

OUTRANKS = {
    "magnesium-known-low": ("magnesium-rare-exercise", "magnesium-rare-no-pattern"),
    "potassium-known-low": ("potassium-not-indicated",),
}

CAUTIONS = """
unsure-signs        | all                         | emergency not-sure + pregnancy-signs not-sure + same-day not-sure + child-signs not-sure + liver-signs not-sure | E29 E30
child               | all                         | who child                    | E39
unsure-who          | all                         | who not-sure                 |
pregnancy           | zinc magnesium potassium    | who pregnant                 | E2
kidney              | magnesium potassium fluids  | conditions kidney            | E19 E15 E16 E44
fluid-limits        | magnesium potassium fluids  | conditions fluid             | E26 E44
high-potassium      | potassium                   | conditions high-potassium    | E19 E17
nerve-muscle        | magnesium                   | conditions nerve-muscle      | E16
unsure-conditions   | magnesium potassium fluids  | conditions not-sure          | E19
cirrhosis           | magnesium potassium fluids  | illness cirrhosis            | E9
unsure-illness      | magnesium potassium fluids  | illness not-sure             | E9
low-potassium       | potassium                   | low-minerals potassium       | E43
raises-potassium    | potassium                   | medicines raises-potassium   | E17 E42 E20
water-tablet        | magnesium potassium fluids  | medicines water-tablet       | E27 E15
binder              | zinc magnesium              | medicines binder             | E13 E15
unsure-medicines    | all                         | medicines not-sure           | E17
takes-zinc          | zinc                        | supplements zinc             | E13 E14
takes-magnesium     | magnesium                   | supplements magnesium        | E15
takes-potassium     | potassium                   | supplements potassium        | E17 E18
unsure-supplements  | zinc magnesium potassium    | supplements not-sure         | E15
over-drinking       | fluids                      | hydration over               | E22 E24
"""  # noqa: E501

NOTES = """
fatigue         |           | timing exercise both + exertion effort both                                | S10 S11 S12
low-calcium     |           | low-minerals calcium                                                       | S8
medicine-review |           | medicines cramp-linked water-tablet                                        | E27 E28
older-potassium | potassium | who older                                                                  | E18
sick-day        | fluids    | hydration short; medicines raises-potassium water-tablet                   |
drink-to-thirst | fluids    | none hydration over                                                        | E22 E23 E24
copper          | zinc      | zinc-test low                                                              | E5 E13
"""

ALERTS = {
    "emergency-signs": ("emergency", "emergency"),
    "pregnancy-signs": ("emergency", "pregnancy-signs"),
    "liver-signs": ("emergency", "liver-signs"),
    "same-day-signs": ("urgent", "same-day"),
    "child-signs": ("urgent", "child-signs"),
    "routine-signs": ("routine", "routine-signs"),
}

APPRAISALS = """
S30 S28     | stronger than the evidence | E1          | S25     | stronger than the evidence | E5
S24         | contested                  | E6 E11      | S26     | a little broad             | E8 E10
S21 S22 S27 | in line                    | E7          | S6 S33  | stronger than the evidence | E3 E4 E28
S35         | partly supported           | E46         | S10 S11 S12 | in line, a little strong | E3 E4
S31 S32     | untested                   |             | S8      | needs a word               | E36
"""

REFERENCES = {
    "E1": "garrison-2020", "E2": "luo-2020", "E2b": "hawke-2021", "E3": "schwellnus-2009", "E4": "miller-2022",
    "E5": "kugelmas-2000", "E6": "baskol-2004", "E7": "vidot-2014 kalia-2022", "E8": "roberts-2024",
    "E9": "aasld-2021 easl-2018", "E10": "muller-2024", "E11": "zinc-cirrhosis-2018", "E13": "saper-2009",
    "E14": "nations-2008", "E15": "magnesium-us-labels magnesium-uk-spc", "E16": "qazi-2021", "E17": "momoniat-2019",
    "E18": "fss-potassium", "E19": "gritter-2022", "E20": "coconut-water-2018", "E22": "hew-butler-2015",
    "E23": "wms-2019", "E24": "miller-2015", "E26": "fresh-up-2025", "E27": "garrison-2012", "E28": "allen-2012",
    "E29": "clot-connect-dvt", "E30": "nidirect-leg-cramps", "E36": "harrison-hypocalcaemia",
    "E39": "glasgow-nocturnal-leg-pain", "E42": "antoniou-2010", "E43": "rxlist-hypokalaemia", "E44": "akf-fluids",
    "E46": "lau-2019 lau-2021",
}  # fmt: skip

DOIS = {
    "garrison-2020": "10.1002/14651858.CD009402.pub3", "luo-2020": "10.1002/14651858.CD010655.pub3",
    "hawke-2021": "10.1002/14651858.CD008496.pub3", "schwellnus-2009": "10.1136/bjsm.2008.050401",
    "miller-2022": "10.4085/1062-6050-0696.20", "kalia-2022": "10.1016/j.jceh.2021.10.147",
    "roberts-2024": "10.1111/apt.18398", "aasld-2021": "10.1002/hep.31884", "easl-2018": "10.1016/j.jhep.2018.03.024",
    "wms-2019": "10.1016/j.wem.2019.11.003", "miller-2015": "10.1249/JSR.0000000000000183",
    "fresh-up-2025": "10.1038/s41591-025-03628-4",
}  # fmt: skip

SIGNS = ("emergency", "pregnancy-signs", "liver-signs", "same-day", "child-signs")

GUARANTEES = """
help-first            | any sign                                          | all                       | always get-help
potassium-kidney      | conditions kidney fluid high-potassium not-sure + medicines raises-potassium water-tablet not-sure + low-minerals potassium + supplements potassium not-sure | potassium | never relevant possible
magnesium-kidney      | conditions kidney fluid nerve-muscle not-sure     | magnesium                 | never relevant possible
fluids-limits         | conditions kidney fluid not-sure + hydration over + illness cirrhosis | fluids | never relevant
zinc-needs-a-test     | none zinc-test low                                | zinc                      | never relevant
zinc-needs-an-illness | illness other-liver none not-sure                 | zinc                      | never relevant
zinc-normal-is-no     | zinc-test normal; no sign                         | zinc                      | always not-supported
zinc-average-is-no    | illness none; none zinc-test low; no sign         | zinc                      | always not-supported
child-no-yes          | who child                                         | all                       | never relevant possible maintain
pregnancy-no-yes      | who pregnant                                      | zinc magnesium potassium  | never relevant possible
unsure-no-yes         | unsure of a sign                                  | all                       | never relevant possible maintain
"""  # noqa: E501

DOSE = re.compile(
    r"\d\s*(?:(?:milli|micro)?(?:gram|litre|liter)s?|mg|mcg|µg|g|kg|ml|cl|l|mmol|iu|units?|tablets?|cups?|glass(?:es)?)"
    r"(?![a-z])",
    re.IGNORECASE,
)


def test_the_file_is_in_its_one_canonical_form() -> None:
    document = (FIXTURES / "guide.json").read_bytes()
    assert loading.dump(loading.load(document)) == document


def test_the_source_is_the_article_byte_for_byte(guide: Guide) -> None:
    article = (FIXTURES / "sources" / f"{guide.source.key}.txt").read_bytes()
    assert guide.source.key == "does-zinc-help-with-leg-cramps"
    assert guide.source.text.encode() == article
    assert guide.source.sha256 == hashlib.sha256(article).hexdigest()
    assert guide.source.sha256.startswith("dadd3fbe")
    assert guide.source.sha256.endswith("53debc")


def test_the_article_has_thirty_five_sentences(guide: Guide) -> None:
    sentences = quotes.sentences(guide.source.text)
    assert [sentence.number for sentence in sentences] == list(range(1, 36))
    assert sentences[25].text.startswith("This evidence suggests")


def test_every_quote_is_one_whole_sentence_to_the_letter(guide: Guide) -> None:
    for citation in citations(guide):
        span = quotes.locate(guide.source.text, citation.quote)
        assert isinstance(span, quotes.Span), citation
        assert span.sentence == citation.sentence, citation


def test_every_sentence_is_cited_appraised_or_set_aside(guide: Guide) -> None:
    asides = {citation.sentence for aside in guide.asides for citation in aside.citations}
    spoken_for = {citation.sentence for citation in citations(guide)}
    assert spoken_for == set(range(1, 36))
    assert asides == {1, 2, 3, 4, 13, 14, 15, 16, 17, 19, 20}
    assert asides.isdisjoint(citation.sentence for rule in guide.rules for citation in rule.citations)
    assert all(aside.reason for aside in guide.asides)


def test_the_questions_are_those_of_the_table(guide: Guide) -> None:
    expected = rows(QUESTIONS)
    assert [question.key for question in guide.questions] == [row[0] for row in expected]
    for question, (key, choice, asked, options) in zip(guide.questions, expected, strict=True):
        assert question.choice == choice, key
        assert question.asked == criteria(asked), key
        shown = [option.key + "!" * option.exclusive for option in question.options]
        assert shown == options.split(), key
        unknown = {option.key for option in question.options if option.unknown}
        assert unknown == {"not-sure", "not-tested"} & {option.key for option in question.options}, key


def test_questions_cite_what_the_table_gives_as_the_reason_for_asking(guide: Guide) -> None:
    expected = {key: sentences for key, *sentences in (entry.split() for entry in re.split(r"[|\n]", WHY.strip()))}
    assert {q.key: cited(q.citations) for q in guide.questions if q.citations} == expected


def test_every_question_says_what_it_asks_and_why(guide: Guide) -> None:
    for question in guide.questions:
        assert question.why, question.key
        assert 1 <= len(question.topic.split()) <= 5, question.key
        assert question.label.endswith("?"), question.key
        assert all(option.label for option in question.options), question.key


def test_the_questionnaire_says_that_the_weekly_cut_is_ours(guide: Guide) -> None:
    frequency = next(question for question in guide.questions if question.key == "frequency")
    assert "once a week" in frequency.why
    assert "ours" in frequency.why


def test_nobody_is_offered_to_change_age_illness_medicines_or_signs(guide: Guide) -> None:
    fixed = {question.key for question in guide.questions if not question.changeable}
    assert fixed == {"who", "illness", "conditions", "medicines", "routine-signs", *SIGNS}


def test_the_sections_hold_the_questions_in_order(guide: Guide) -> None:
    met = list(dict.fromkeys(question.section for question in guide.questions))
    assert met == [section.key for section in guide.sections]
    order = [question.section for question in guide.questions]
    assert order == sorted(order, key=met.index)


def test_the_verdict_rules_are_those_of_the_table(guide: Guide) -> None:
    expected = rows(VERDICTS)
    rules = of_kind(guide, Kind.VERDICT)
    assert [rule.key for rule in rules] == [row[0] for row in expected]
    for rule, (key, on, verdict, when, sentences) in zip(rules, expected, strict=True):
        assert rule.on == (on,), key
        assert rule.verdict == verdict, key
        assert rule.criteria == criteria(when), key
        assert cited(rule.citations) == sentences.split(), key
        assert not rule.references, key
        assert rule.outranks == OUTRANKS.get(key, ()), key


def test_the_cautions_are_those_of_the_table(guide: Guide) -> None:
    expected = rows(CAUTIONS)
    rules = of_kind(guide, Kind.CAUTION)
    assert [rule.key for rule in rules] == [row[0] for row in expected]
    for rule, (key, on, when, evidence) in zip(rules, expected, strict=True):
        assert rule.on == interventions(on), key
        assert rule.criteria == criteria(when), key
        assert rule.references == references(evidence), key
        assert rule.own_reasoning == (not evidence), key
        assert not rule.citations, key


def test_the_notes_are_those_of_the_table(guide: Guide) -> None:
    expected = rows(NOTES)
    rules = of_kind(guide, Kind.NOTE)
    assert [rule.key for rule in rules] == [row[0] for row in expected]
    for rule, (key, on, when, support) in zip(rules, expected, strict=True):
        assert rule.on == interventions(on), key
        assert rule.criteria == criteria(when), key
        from_the_article = support.startswith("S")
        assert cited(rule.citations) == (support.split() if from_the_article else []), key
        assert rule.references == (() if from_the_article else references(support)), key
        assert rule.own_reasoning == (not support), key


def test_an_alert_holds_for_every_sign_of_its_question_and_nothing_else(guide: Guide) -> None:
    rules = of_kind(guide, Kind.ALERT)
    assert [rule.key for rule in rules] == list(ALERTS)
    for rule in rules:
        level, question = ALERTS[rule.key]
        assert rule.level == level
        assert rule.criteria == (Criterion(any_of=tuple(signs(question))),)
        assert bool(rule.references) != rule.own_reasoning
        assert not rule.citations


@pytest.mark.parametrize("key", ["emergency-signs", "pregnancy-signs", "liver-signs"])
def test_an_emergency_says_which_number_to_call(guide: Guide, key: str) -> None:
    alert = rule(guide, key)
    assert alert.level is Level.EMERGENCY
    assert all(number in alert.text for number in ("999", "112", "911"))


def test_every_rule_has_words_for_visitors_and_a_rationale_for_clinicians(guide: Guide) -> None:
    for rule in guide.rules:
        assert rule.heading, rule.key
        assert rule.text.endswith("."), rule.key
        assert rule.rationale.endswith("."), rule.key


def test_words_that_must_be_said_are_said(guide: Guide) -> None:
    assert "theoretical" in rule(guide, "zinc-low-alone").text
    assert "study it names was in people with cirrhosis" in rule(guide, "zinc-low-with-other-illness").text
    assert "thirst" in rule(guide, "fluids-dehydration").text
    assert "salty" in rule(guide, "fluids-dehydration").text
    assert "food" in rule(guide, "magnesium-frequent-night").text


def test_potassium_is_worded_as_food_and_drink(guide: Guide) -> None:
    for verdict in of_kind(guide, Kind.VERDICT):
        if verdict.on == ("potassium",):
            assert re.search(r"\bfoods?\b", verdict.text), verdict.key
            assert "tablet" not in verdict.text, verdict.key


def test_every_status_has_a_wording(guide: Guide) -> None:
    assert [wording.status for wording in guide.wordings] == list(Status)
    assert all(wording.label and wording.text for wording in guide.wordings)


def test_the_appraisals_are_those_of_the_table(guide: Guide) -> None:
    cells = [cell.strip() for cell in re.split(r"[|\n]", APPRAISALS.strip())]
    expected = [(cells[i].split(), cells[i + 1], references(cells[i + 2])) for i in range(0, len(cells), 3)]
    assert [(cited(a.citations), a.direction, a.references) for a in guide.appraisals] == expected
    assert all(appraisal.own_reasoning == (not appraisal.references) for appraisal in guide.appraisals)


def test_the_scopes_keep_two_sentences_to_the_people_they_are_about(guide: Guide) -> None:
    expected = {"S24": criteria("illness cirrhosis"), "S27": criteria("none zinc-test low; illness none")}
    assert {cited(scope.citations)[0]: scope.criteria for scope in guide.scopes} == expected


def test_stretching_is_what_the_article_leaves_out(guide: Guide) -> None:
    assert [(omission.key, omission.references) for omission in guide.omissions] == [("stretching", references("E2b"))]


def test_every_reference_is_there_and_used(guide: Guide) -> None:
    keys = [reference.key for reference in guide.references]
    assert sorted(keys) == sorted(key for named in REFERENCES.values() for key in named.split())
    used = [item.references for item in guide.rules] + [item.references for item in guide.appraisals]
    used += [omission.references for omission in guide.omissions]
    assert {key for named in used for key in named} == set(keys)


def test_references_carry_the_identifiers_we_were_given(guide: Guide) -> None:
    by_key = {reference.key: reference for reference in guide.references}
    assert {key: by_key[key].doi for key in DOIS} == DOIS
    for reference in guide.references:
        assert reference.title, reference.key
        assert reference.publisher, reference.key
        assert not reference.doi or re.fullmatch(r"10\.\d{4,}/\S+", reference.doi), reference.key
        assert not reference.address or re.fullmatch(r"https?://\S+", reference.address), reference.key


def test_the_guarantees_are_those_of_the_table(guide: Guide) -> None:
    expected = rows(GUARANTEES)
    assert [guarantee.key for guarantee in guide.guarantees] == [row[0] for row in expected]
    for guarantee, (key, when, on, promise) in zip(guide.guarantees, expected, strict=True):
        kind, *statuses = promise.split()
        assert guarantee.when == criteria(when), key
        assert guarantee.on == interventions(on), key
        assert guarantee.never == (tuple(statuses) if kind == "never" else ()), key
        assert guarantee.always == (statuses[0] if kind == "always" else None), key
        assert guarantee.text, key


USUAL: dict[str, Any] = {
    "who": "adult", "emergency": ["none"], "same-day": ["none"], "timing": "night", "frequency": "less",
    "exertion": "neither", "hydration": "normal", "illness": "none", "zinc-test": "not-tested",
    "low-minerals": ["not-tested"], "diet": "regular", "conditions": ["none"], "medicines": ["none"],
    "supplements": ["none"], "routine-signs": ["none"],
}  # fmt: skip
UNSURE = {key: ["not-sure"] if isinstance(answer, list) else "not-sure" for key, answer in USUAL.items()}
CIRRHOSIS = {"illness": "cirrhosis", "liver-signs": ["none"]}

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "Healthy adult, occasional night cramps": (USUAL, "not-supported possible not-indicated maintain"),
    "Marathon runner, heavy sweat": (
        USUAL | {"timing": "exercise", "exertion": "both"},
        "not-supported not-indicated relevant relevant",
    ),
    "Athlete with heart failure on ACE inhibitor and water tablet": (
        USUAL
        | {"timing": "exercise", "exertion": "sweat", "conditions": ["fluid"]}
        | {"medicines": ["raises-potassium", "water-tablet"]},
        "not-supported not-indicated ask-first ask-first",
    ),
    "Cirrhosis, low zinc, frequent night cramps, spironolactone": (
        USUAL
        | CIRRHOSIS
        | {"zinc-test": "low", "frequency": "weekly", "medicines": ["raises-potassium", "water-tablet"]},
        "relevant ask-first not-indicated ask-first",
    ),
    "Cirrhosis, zinc never tested": (USUAL | CIRRHOSIS, "possible ask-first not-indicated ask-first"),
    "Low zinc, no illness": (USUAL | {"zinc-test": "low"}, "possible possible not-indicated maintain"),
    "Not sure of anything": (UNSURE, "ask-first ask-first ask-first ask-first"),
    "New one-sided calf swelling": (
        {"who": "adult", "emergency": ["none"], "same-day": ["leg-swollen"]},
        "get-help get-help get-help get-help",
    ),
    "Two days of diarrhoea": (USUAL | {"hydration": "short"}, "not-supported possible relevant relevant"),
    "Unsure of timing, frequency and sweating": (
        USUAL | {"timing": "not-sure", "frequency": "not-sure", "exertion": "not-sure"},
        "not-supported cannot-tell cannot-tell maintain",
    ),
}


def test_the_first_cases_are_those_of_the_table(guide: Guide) -> None:
    first = guide.cases[: len(CASES)]
    shipped = {case.title: (plain(case), " ".join(case.expected[key] for key in ALL)) for case in first}
    assert shipped == CASES


@pytest.mark.parametrize("title", CASES)
def test_a_shipped_case_holds(guide: Guide, title: str) -> None:
    case = next(case for case in guide.cases if case.title == title)
    assessment = engine.assess(guide, case.answers)
    assert {key: outcome.status for key, outcome in assessment.outcomes.items()} == case.expected
    assert not assessment.set_aside


def test_every_case_expects_what_the_tables_say_and_names_the_rules_that_hold(guide: Guide) -> None:
    for case in guide.cases:
        from_tables = from_the_tables(case.answers)
        assert case.expected == {key: status for key, (status, _) in from_tables.items()}, case.key
        assert case.rules is not None
        cautions = {caution for _, cautions in from_tables.values() for caution in cautions}
        assert cautions == {rule.key for rule in of_kind(guide, Kind.CAUTION)} & set(case.rules), case.key


def test_the_engine_agrees_with_the_tables_read_by_other_means(guide: Guide) -> None:
    dice = random.Random(35)
    seen: set[tuple[str, str]] = set()
    for _ in range(4000):
        answers = some_answers(dice)
        assessment = engine.assess(guide, answers)
        statuses = {key: (str(outcome.status), outcome.cautions) for key, outcome in assessment.outcomes.items()}
        assert statuses == from_the_tables(answers), answers
        seen |= {(key, status) for key, (status, _) in statuses.items()}
    assert {status for _, status in seen} == set(Status), "every status was met on the way"


def test_no_text_names_a_dose(guide: Guide) -> None:
    for text in texts(guide):
        assert not DOSE.search(text), text
        assert "quinine" not in text.lower(), text


@pytest.mark.parametrize("text", ["take 300 mg a day", "2 litres", "drink 500ml", "5 g", "2 tablets", "4 mmol"])
def test_a_dose_would_be_noticed(text: str) -> None:
    assert DOSE.search(text)


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def of_kind(guide: Guide, kind: Kind) -> list[Rule]:
    return [rule for rule in guide.rules if rule.kind is kind]


def rule(guide: Guide, key: str) -> Rule:
    return next(rule for rule in guide.rules if rule.key == key)


def interventions(names: str) -> tuple[str, ...]:
    return ALL if names == "all" else tuple(names.split())


def references(evidence: str) -> tuple[str, ...]:
    return tuple(key for number in evidence.split() for key in REFERENCES[number].split())


def signs(question: str) -> list[str]:
    options = next(row[3] for row in rows(QUESTIONS) if row[0] == question)
    return [f"{question}.{option}" for option in options.split() if not option.endswith("!")]


def cited(given: Iterable[Citation]) -> list[str]:
    return ["-" * citation.counterweight + f"S{citation.sentence}" for citation in given]


def criteria(when: str) -> tuple[Criterion, ...]:
    """``"timing night both + exertion effort; none hydration over"``: two criteria, the first over two questions."""
    return tuple(_criterion(part.strip()) for part in when.split(";") if part.strip())


def _criterion(part: str) -> Criterion:
    if part == "any sign":
        return Criterion(any_of=tuple(sign for question in SIGNS for sign in signs(question)))
    if part == "no sign":
        return Criterion(none_of=tuple(sign for question in SIGNS for sign in signs(question)))
    if part == "unsure of a sign":
        return Criterion(any_of=tuple(f"{question}.not-sure" for question in SIGNS))
    groups = [group.split() for group in part.removeprefix("none ").split("+")]
    options = tuple(f"{question}.{option}" for question, *named in groups for option in named)
    return Criterion(none_of=options) if part.startswith("none ") else Criterion(any_of=options)


def citations(guide: Guide) -> list[Citation]:
    given = [question.citations for question in guide.questions] + [rule.citations for rule in guide.rules]
    given += [appraisal.citations for appraisal in guide.appraisals]
    given += [scope.citations for scope in guide.scopes] + [aside.citations for aside in guide.asides]
    return [citation for named in given for citation in named]


def texts(guide: Guide) -> list[str]:
    """Every string of the document save the article's own."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            for item in value:
                walk(item)
        elif hasattr(value, "__struct_fields__") and not isinstance(value, Citation):
            for field in value.__struct_fields__:
                walk(getattr(value, field))

    for field in guide.__struct_fields__:
        if field != "source":
            walk(getattr(guide, field))
    return found


def plain(case: Case) -> dict[str, Any]:
    return {key: answer if isinstance(answer, str) else list(answer) for key, answer in case.answers.items()}


class Row(NamedTuple):
    """One rule of the tables above, ready to be read against a set of chosen options."""

    key: str
    on: tuple[str, ...]
    verdict: str
    when: tuple[Criterion, ...]

    def holds(self, chosen: set[str]) -> bool:
        return all(
            bool(chosen & set(criterion.any_of)) if criterion.any_of else not chosen & set(criterion.none_of)
            for criterion in self.when
        )


QUESTION_ROWS = [(key, choice, criteria(asked), options.split()) for key, choice, asked, options in rows(QUESTIONS)]
VERDICT_ROWS = [Row(key, (on,), verdict, criteria(when)) for key, on, verdict, when, _ in rows(VERDICTS)]
CAUTION_ROWS = [Row(key, interventions(on), "", criteria(when)) for key, on, when, _ in rows(CAUTIONS)]
URGENT = {sign for question in SIGNS for sign in signs(question)}


def some_answers(dice: random.Random) -> dict[str, Any]:
    """A whole set of answers as a visitor could give them, warning signs rarer than the rest."""
    answers: dict[str, Any] = {}
    chosen: set[str] = set()
    for key, choice, asked, options in QUESTION_ROWS:
        if chosen & URGENT:
            break
        if not Row(key, (), "", asked).holds(chosen):
            continue
        if choice == "one":
            answers[key] = dice.choice(options)
        else:
            alone = [option.rstrip("!") for option in options if option.endswith("!")]
            others = [option for option in options if not option.endswith("!")]
            ticks = dice.random() < (0.04 if key in SIGNS else 0.5)
            answers[key] = dice.sample(others, dice.randint(1, len(others))) if ticks else [dice.choice(alone)]
        picked = answers[key] if isinstance(answers[key], list) else [answers[key]]
        chosen |= {f"{key}.{option}" for option in picked}
    return answers


def from_the_tables(answers: Mapping[str, Any]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Status and cautions of each intervention, read off the tables without the engine."""
    chosen = {
        f"{key}.{option}"
        for key, answer in answers.items()
        for option in ([answer] if isinstance(answer, str) else answer)
    }
    told = {}
    for intervention in ALL:
        cautions = tuple(row.key for row in CAUTION_ROWS if intervention in row.on and row.holds(chosen))
        verdicts = {row.verdict for row in VERDICT_ROWS if intervention in row.on and row.holds(chosen)}
        if chosen & URGENT:
            status = "get-help"
        else:
            status = next(str(verdict) for verdict in Verdict if verdict in verdicts)
            if cautions and status not in ("not-supported", "not-indicated"):
                status = "ask-first"
        told[intervention] = (status, cautions)
    return told
