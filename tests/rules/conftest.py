from pathlib import Path

import pytest

from guidance.rules import loading
from guidance.rules.guide import Guide

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="session")
def guide() -> Guide:
    """The guide that ships."""
    return loading.load((FIXTURES / "guide.json").read_bytes())
