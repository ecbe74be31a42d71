"""Walking into plain data by a path of keys and indexes."""

from collections.abc import Iterable
from typing import Any


def value_at(data: Any, path: Iterable[Any]) -> Any:
    """Return what stands at `path`. Raises LookupError when nothing does."""
    for part in path:
        data = data[part]
    return data
