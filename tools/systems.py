"""Writes the table of systems into README.md, from the packs; `--check` only compares."""

import sys
from pathlib import Path

from page_facts import KINDS, heading

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, Pack

README = Path(__file__).resolve().parents[1] / "README.md"
MARKS = ("<!-- systems: tools/systems.py -->\n", "<!-- end of systems -->\n")
# Each kind with the words of the table, and what writes the choice down in the spec.
_KINDS = (
    ("ci", "CI", "`ci: NAME`"),
    ("gitops", "operator", "`gitops: NAME`, in pull mode"),
    ("cluster", "cluster", "`cluster: {type: NAME, ...}`, in push mode"),
    ("registry", "registry", "the host of `image`, or `registry: NAME`"),
    ("runtime", "[runtime](docs/runtimes.md)", "`runtime: NAME`"),
)


def table() -> str:
    """Return the table, a row for each kind of system, a system as its title and the name that the spec has for it."""
    catalogue = Catalogue((BUILT_IN,))
    rows = ["| kind | chosen by | systems |\n|---|---|---|\n"]
    for kind, title, chosen in _KINDS:
        systems = ", ".join(f"{_linked(pack)} (`{pack.name}`)" for pack in catalogue.all(kind))
        rows.append(f"| {title} | {chosen} | {systems} |\n")
    return "".join(rows)


def _linked(pack: Pack) -> str:
    """Return the title with a link to the page of the system; runtimes have none."""
    page = f"docs/{KINDS[pack.kind].folder}/{pack.name}.md" if pack.kind in KINDS else ""
    return f"[{heading(pack)}]({page})" if page else heading(pack)


def with_table(text: str) -> str:
    """Return the README with the table of today between its marks."""
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}{table()}{MARKS[1]}{after}"


def main() -> int:
    """Write the README, or say that it is stale."""
    text = README.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        return 0 if text == with_table(text) else 1
    README.write_text(with_table(text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
