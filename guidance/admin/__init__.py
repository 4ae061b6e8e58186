"""The editors' workshop, one file per subject. Importing them registers their rows."""

from guidance.admin import article, history, promises, published, questions, rules, steps, words

__all__ = ["article", "history", "promises", "published", "questions", "rules", "steps", "words"]
