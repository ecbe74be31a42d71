"""JSON for machines: findings and changes without the texts of the files."""

from collections.abc import Iterable
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic, in_order
from gitopsgen.repo.change import Change

FORMAT = 1


def json_text(diagnostics: Iterable[Diagnostic], changes: Iterable[Change] = (), *, version: str) -> str:
    """Return one JSON document. Fields are only ever added; `format` grows when one goes."""
    import json

    document = {
        "format": FORMAT,
        "tool": {"name": "gitopsgen", "version": version},
        "diagnostics": [_diagnostic(found) for found in in_order(diagnostics)],
        "changes": [_change(change) for change in changes],
    }
    return json.dumps(document, indent=2) + "\n"


def _diagnostic(found: Diagnostic) -> dict[str, Any]:
    position = found.position
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "cure": found.cure,
        "path": found.path,
        "line": position.line if position else None,
        "column": position.column if position else None,
        "length": position.length if position else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "verdict": change.verdict,
        "ownership": change.ownership,
        "pack": change.pack,
        "drift": change.is_drift,
        "conflict": change.is_conflict,
        "reason": change.reason,
        "waysOut": list(change.ways_out),
    }
