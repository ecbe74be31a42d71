"""A .dockerignore, read as Docker reads it."""

import re


def lets_in(ignore: str, path: str) -> bool:
    """Whether the context of a build with this .dockerignore holds a file."""
    parts = path.split("/")
    prefixes = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    inside = True
    for line in ignore.splitlines():
        if line and not line.startswith("#") and any(map(_pattern(line.removeprefix("!")).fullmatch, prefixes)):
            inside = line.startswith("!")
    return inside


def _pattern(line: str) -> re.Pattern[str]:
    words = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]*\])", line)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(word if word[:1] == "[" else meanings.get(word) or re.escape(word) for word in words))
