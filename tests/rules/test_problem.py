import pytest

from guidance.rules.problem import listed


@pytest.mark.parametrize(
    ("names", "said"), [("", ""), ("a", "a"), ("a b", "a and b"), ("a b c", "a, b and c"), ("a b c d", "a, b, c and d")]
)
def test_names_are_listed_as_one_reads_them(names: str, said: str) -> None:
    assert listed(names.split()) == said
