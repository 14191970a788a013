"""What a loader says when there is no article in what it was given."""

from __future__ import annotations


class NoArticle(Exception):
    """One document gave no article; the message is the reason, in words for the user."""
