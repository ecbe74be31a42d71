"""Text that wants out: what the readers of our outputs act on, alone and mixed."""

import os
from collections.abc import Iterable

from hypothesis import strategies as st

FRAGMENTS = (
    "'",
    '"',
    "'\"'\"'",
    "\\",
    "\\\\",
    "\\n",
    "\n",
    "\r\n",
    "\t",
    "\x0b",
    "\x1b[31m",
    "\x00",
    "\x7f",
    "\x85",
    "\xa0",
    "\xad",
    "\u200b",
    "\u202e",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ufffd",
    "\ufffe",
    "\uffff",
    "é",
    "日本語",
    "🚀",
    "\U0010ffff",
    "\U000e0001",
    "${{ github.token }}",
    "${{",
    "}}",
    "$${{",
    "${{ '${{' }}",
    "{{",
    "$(id)",
    "$(PORT)",
    "$$(PORT)",
    "$$",
    "$",
    "${PORT}",
    "`id`",
    "; id",
    "&& id",
    "| id",
    "> /tmp/x",
    "<<EOF",
    "<",
    ": ",
    ":",
    " #",
    "#",
    "- ",
    "-",
    "? ",
    "---",
    "...",
    "!!str ",
    "!",
    "&a ",
    "*a",
    "%",
    "<%= 1 %>",
    "<%",
    "%>",
    "<%#",
    "@",
    ",",
    "[",
    "]",
    "{",
    "}",
    "~",
    "null",
    "true",
    "no",
    "on",
    "0x10",
    "0o17",
    "017",
    "1e3",
    ".inf",
    "12:30:45",
    "2026-01-01",
    "=",
    "<<",
    "../",
    "/",
    ".",
    "*",
    " ",
    "  ",
    "a",
    "A",
    "1",
    "none",
)

_ANY = st.text(st.characters(codec="utf-8"), max_size=20)
_MIXED = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join)
_LONG = st.builds(lambda part, size: (part * size)[:size], st.sampled_from(FRAGMENTS), st.sampled_from([4096, 65536]))

hostile = st.sampled_from(FRAGMENTS) | _MIXED | _ANY | _LONG
# Long texts cost time where every one of them is refused for its length.
hostile_and_short = st.sampled_from(FRAGMENTS) | _MIXED | _ANY


def share(field: str, fields: Iterable[str]) -> tuple[str, ...]:
    """Return the fragments for one of many fields: every third, so that together they meet all; all in make verify."""
    first, step = (0, 1) if os.environ.get("GITOPSGEN_THOROUGH") == "1" else (sorted(fields).index(field) % 3, 3)
    return FRAGMENTS[first::step]
