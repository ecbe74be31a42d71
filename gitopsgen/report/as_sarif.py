"""SARIF 2.1.0, which code scanning reads: findings and drift as results, each code as a rule."""

from collections.abc import Iterable, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.repo.change import Change
from gitopsgen.report.drift import DRIFT_HELP, findings

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_text(
    diagnostics: Iterable[Diagnostic],
    changes: Iterable[Change] = (),
    *,
    version: str,
    help_texts: Mapping[str, str] | None = None,
    folder: str = "",
) -> str:
    """Return one SARIF log. `help_texts` explains codes; the cure of a code's first finding stands in for it.

    `folder` is that of the app below the top of the repository, from which files are named: empty or with a slash.
    """
    import json

    results = findings(diagnostics, changes, folder)
    helps = {**DRIFT_HELP, **(help_texts or {})}
    rules: dict[str, dict[str, Any]] = {}
    for found in sorted(results, key=lambda found: found.code):
        rules.setdefault(found.code, _rule(found, helps))
    order = {code: index for index, code in enumerate(rules)}
    driver = {
        "name": "gitopsgen",
        "version": version,
        "semanticVersion": version,
        "rules": list(rules.values()),
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the root of the repository"}}},
        "results": [_result(found, order) for found in results],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(found: Diagnostic, helps: Mapping[str, str]) -> dict[str, Any]:
    text = helps.get(found.code) or found.cure or found.message
    return {
        "id": found.code,
        "shortDescription": {"text": found.code.rpartition(".")[2].replace("-", " ")},
        "fullDescription": {"text": text},
        "help": {"text": text},
        "defaultConfiguration": {"level": found.severity},
    }


def _result(found: Diagnostic, order: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": order[found.code],
        "level": found.severity,
        "message": {"text": f"{found.message}\n{found.cure}" if found.cure else found.message},
    }
    if found.path:
        result["locations"] = [{"physicalLocation": _location(found)}]
    return result


def _location(found: Diagnostic) -> dict[str, Any]:
    from urllib.parse import quote

    region = {"startLine": 1}
    if found.position:
        line, column, length = found.position
        region = {"startLine": line, "startColumn": column, "endColumn": column + max(length, 1)}
    # Code scanning wants a region also for a finding about a whole file.
    uri = quote(found.path, errors="replace")
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}
