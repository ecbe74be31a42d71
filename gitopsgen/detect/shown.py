"""Found values as messages show them."""

from typing import Any


def shown(value: Any) -> str:
    """Return a value as a message shows it: short, on one line."""
    text = line(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def line(value: Any) -> str:
    """Return a value as one line of text."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" if item else str(key) for key, item in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
