from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from guidance.rules import quotes
from guidance.rules.quotes import Ambiguous, Missing, Span

SOURCE = Path(__file__).parents[2] / "fixtures/sources/does-zinc-help-with-leg-cramps.txt"
ARTICLE = SOURCE.read_bytes().decode("utf-8")
SENTENCES = quotes.sentences(ARTICLE)


def test_the_article_has_35_sentences_numbered_without_its_five_headings():
    assert [sentence.number for sentence in SENTENCES] == list(range(1, 36))
    assert sum(bool(block.heading) for block in quotes.blocks(ARTICLE)) == 5
    assert SENTENCES[25].text.startswith("This evidence suggests that zinc may be effective specifically")
    assert SENTENCES[34].text.endswith("periods of dehydration.")


def test_a_sentence_is_the_part_of_the_text_it_says_it_is():
    assert all(ARTICLE[sentence.start : sentence.end] == sentence.text for sentence in SENTENCES)


def test_sentences_and_headings_are_the_whole_text():
    pieces = [s.text for block in quotes.blocks(ARTICLE) for s in block.sentences]
    headings = [block.heading for block in quotes.blocks(ARTICLE) if block.heading]
    assert sum(len("".join(piece.split())) for piece in pieces + headings) == len("".join(ARTICLE.split()))


def test_a_whole_sentence_is_located_with_its_number():
    for sentence in SENTENCES:
        assert quotes.locate(ARTICLE, sentence.text) == Span(sentence.start, sentence.end, sentence.number)


def test_part_of_a_sentence_is_located_without_a_number():
    found = quotes.locate(ARTICLE, "large-scale clinical trials")
    assert isinstance(found, Span) and found.sentence is None


def test_a_changed_comma_is_missing_and_the_nearest_sentence_is_named():
    altered = SENTENCES[1].text.replace("painful,", "painful")
    assert quotes.locate(ARTICLE, altered) == Missing(SENTENCES[1], SENTENCES[1].text.index(","))


def test_a_straight_apostrophe_is_not_a_curly_one():
    assert isinstance(quotes.locate(ARTICLE, SENTENCES[2].text.replace("’", "'")), Missing)


def test_a_quote_that_stands_twice_is_ambiguous():
    assert quotes.locate("On it. So it is. So it is.", "So it is.") == Ambiguous((7, 17))


def test_nothing_is_missing_everywhere():
    assert isinstance(quotes.locate(ARTICLE, ""), Missing)
    assert quotes.locate("", "anything") == Missing(None, 0)


@given(st.text(max_size=200))
def test_any_text_splits_into_sentences_that_are_parts_of_it(text: str):
    for sentence in quotes.sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text


@given(st.sampled_from(SENTENCES), st.integers(min_value=0), st.characters(codec="utf-8"))
def test_no_sentence_survives_one_changed_letter(sentence: quotes.Sentence, place: int, letter: str):
    place %= len(sentence.text)
    changed = sentence.text[:place] + letter + sentence.text[place + 1 :]
    if changed != sentence.text:
        assert isinstance(quotes.locate(ARTICLE, changed), Missing)
