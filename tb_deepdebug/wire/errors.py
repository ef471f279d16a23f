"""What a reader raises on bytes that are not, or no longer, what a writer wrote."""

from __future__ import annotations


class WireError(ValueError):
    """Damaged bytes or an unknown version; the message is safe to show to a user."""
