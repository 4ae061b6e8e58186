"""What must not reach a log: the token in the address of a shared result, which opens it for whoever reads the line."""

import logging
import re

TOKEN = re.compile(r"((?:/|%2F)shared(?:/|%2F)+)[^/\s\"'?&#]+", re.IGNORECASE)
FORMATTER = logging.Formatter()


class WithoutTokens(logging.Filter):
    """Takes tokens out of a record's message and traceback, whoever formats it afterwards."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # its arguments do not fit: a filter that fails would fail the page
            message = str(record.msg)
        record.msg, record.args = redact(message), None
        if record.exc_info:
            record.exc_text = redact(record.exc_text or FORMATTER.formatException(record.exc_info))
        return True


def redact(text: str) -> str:
    return TOKEN.sub(r"\1…", text)
