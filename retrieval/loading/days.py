"""The day that a machine-written date names."""

from __future__ import annotations

from datetime import date, datetime
from email.utils import parsedate_to_datetime


def day_of(value: str | None) -> date | None:
    """The day in an ISO 8601 or RFC 5322 date, as its own time zone counts it; None where it is neither."""
    text = (value or "").strip()
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(text).date()
        except (ValueError, OverflowError):
            continue
    return None
