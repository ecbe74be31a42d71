"""The first spec of a repository: from what was detected and what a person answered to the text of gitopsgen.yaml."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.core import assets
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.detect import Ask, Detection, Fact
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.render.escape import yaml
from gitopsgen.spec import patterns
from gitopsgen.spec.errors import is_text_field
from gitopsgen.spec.sections import SECTIONS, SHORT_FORMS
from gitopsgen.spec.workload_rules import kinds_of

SCHEMA_LINE = "# yaml-language-server: $schema=.gitopsgen/schema.json\n"
_INTRODUCTION = (
    "# What this repository delivers, and how. `gitopsgen explain` explains every field; after an edit, run\n"
    "# `gitopsgen generate`.\n"
    "---\n"
)
_MODE_COMMENTS = {
    "push": "CI deploys with kubectl; `pull` would let an operator in the cluster sync from git",
    "pull": "CI records the image in git and an operator syncs; with `push` CI would deploy with kubectl",
}
# The order in which a spec reads best.
_ORDER = (
    "apiVersion", "name", "type", "mode", "image", "repository", "branch", "runtime", "port", "health", "replicas",
    "resources", "expose", "env", "ci", "registry", "cluster", "gitops", "manifests", "previews", "environments",
)  # fmt: skip
# The section whose entries have names of their own, of which a spec has one.
_NAMED = "environments"


# The spec fields that have a flag of their own.
FLAGS = {
    "mode": "--mode",
    "name": "--name",
    "image": "--image",
    "port": "--port",
    "runtime.name": "--runtime",
    "runtime.folder": "--folder",
    "runtime.start": "--start",
    "runtime.test": "--test",
    "ci.name": "--ci",
    "cluster.type": "--cluster",
    "gitops.operator": "--operator",
    "registry.type": "--registry",
}


class Question(NamedTuple):
    """What `init` still has to know: the spec field, the flag that answers it, and a guess to offer.

    `pattern` is the shape of a good answer, one of spec.patterns; an `optional` one is asked only of a person. `kind`
    is what the answer is made into: `command` is split into its words. `otherwise` tells those who are not asked what
    to say when there is no answer, and `instead` has words by which a person answers
    another field: the word, the field, and its value.
    """

    field: str
    flag: str
    text: str
    guess: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    optional: bool = False
    kind: str = "text"
    otherwise: str = ""
    instead: tuple[tuple[str, str, str], ...] = ()


def draft(facts: Sequence[Fact], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec's data so far; an answer wins over a detected fact, and over what was found beside that."""
    data: dict[str, Any] = {"apiVersion": "gitopsgen/v1"}
    found = {fact.field: fact.value for fact in facts}
    kept = {field: value for field, value in found.items() if not _outdone(field, found, answers)}
    for field, value in {**kept, **answers}.items():
        _put(data, field, value)
    for section in SECTIONS:
        if section.mode and section.mode != data.get("mode"):
            data.pop(section.kind, None)
    kind = str(data.get("type", "web"))
    # What was found of an app that listens is nothing to one that does not.
    return {
        field: value for field, value in data.items() if field in answers or kind in (kinds_of((field,)) or (kind,))
    }


def _outdone(field: str, found: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    """Whether an answer takes the ground from a fact: another system or size is chosen, another environment named."""
    section, _, rest = field.partition(".")
    selector = f"{section}.{SHORT_FORMS[section].field if section in SHORT_FORMS else ''}"
    if selector in answers and answers[selector] != found.get(selector):
        return True
    named = {answer.split(".")[1] for answer in answers if answer.startswith(f"{_NAMED}.")}
    return section == _NAMED and bool(rest) and bool(named or _NAMED in answers) and rest.split(".")[0] not in named


def questions(data: dict[str, Any], catalogue: Catalogue, found: Detection) -> list[Question]:
    """Return what is missing, in the order to ask it; a later question may follow from an earlier answer."""
    asked = []
    if "mode" not in data:
        asked.append(Question("mode", "--mode", "How is it delivered?", "pull", ("push", "pull")))
    if "name" not in data:
        asked.append(Question("name", "--name", "What is the app called?", pattern=patterns.LABEL))
    if "image" not in data:
        asked.append(_image_question(data, found))
    if "repository" not in data:
        text = "What is the URL of its git repository?"
        flag = "--set repository=URL"
        asked.append(Question("repository", flag, text, pattern=patterns.REPOSITORY, optional=True))
    if _lacks(data, "runtime", "name"):
        asked.append(_runtime_question(catalogue, found))
    asked += _system_questions(data, found)
    asked += [_ask_question(ask, found) for ask in found.asks if not _has(data, ask.field)]
    if "health" not in data and "port" in data and not _lacks(data, "runtime", "name"):
        asked.append(_health_question(found))
    if "port" not in data and data.get("type", "web") == "web":
        asked.append(_port_question(found))
    if data.get("mode") == "push":
        asked += _cluster_questions(data, catalogue)
    return asked


def _health_question(found: Detection) -> Question:
    """Ask for the health path; where files disagree it must be said: by a wrong one no pod gets ready."""
    text, doubt = "On which path does the app answer that it can serve?", found.doubts.get("health", "")
    offer = next((str(offer.value) for offer in found.offers if offer.field == "health"), "")
    told, guess = (f"{text} ({doubt})", offer) if doubt else (text, "/healthz")
    return Question(
        "health", f"--set health={offer or 'PATH'}", told, guess, pattern=patterns.URL_PATH, optional=not doubt
    )


def _port_question(found: Detection) -> Question:
    """Ask for the port. Nothing is offered: a wrong one would be taken by the next key."""
    doubt = found.doubts.get("port", "no file tells")
    text = f"Which port does the app listen on? ({doubt})"
    otherwise, instead = "on none: --set type=worker", (("none", "type", "worker"),)
    return Question("port", "--port", text, otherwise=otherwise, instead=instead)


def _ask_question(ask: Ask, found: Detection) -> Question:
    """Put the question of a pack; what it offers is a guess."""
    offer = next((offer for offer in found.offers if offer.field == ask.field), None)
    text, guess = (
        (f"{ask.text} ({offer.value}, by {offer.evidence})", str(offer.value)) if offer else (ask.text, ask.guess)
    )
    return Question(ask.field, _flag_of(ask.field), text, guess, choices=ask.choices, kind=ask.kind)


def _system_questions(data: dict[str, Any], found: Detection) -> list[Question]:
    """Ask which system it is where files speak for several; the default would go past them."""
    asked = []
    for section in SECTIONS:
        field = f"{section.kind}.{section.selector}"
        rivals = [candidate for candidate in found.candidates if candidate.field == field]
        open_here = section.kind not in ("runtime", "cluster") and section.mode in ("", data.get("mode"))
        if rivals and open_here and _lacks(data, section.kind, section.selector):
            clues = ", ".join(f"{rival.clues[0][1]} says {rival.name}" for rival in rivals)
            names = tuple(rival.name for rival in rivals)
            asked.append(Question(field, _flag_of(field), f"Which one delivers? ({clues})", choices=names))
    return asked


def _runtime_question(catalogue: Catalogue, found: Detection) -> Question:
    """Ask for the runtime; what `otherwise` packs offer is a guess, and nothing else is."""
    offered = [fact for fact in found.offers if fact.field == "runtime.name"]
    rivals = [candidate for candidate in found.candidates if candidate.field == "runtime.name"]
    why = f"{'Several runtimes have signs' if rivals else 'No runtime is recognised'}, and there is a "
    told = "; ".join(
        [f"{rival.clues[0][1]} says {rival.name}" for rival in rivals]
        + [
            f"{pack.name}: {pack.manifest['summary']}"
            for pack in catalogue.all("runtime")
            if (pack.manifest.get("detect") or {}).get("otherwise")
        ]
    )
    text = f"{why}{offered[0].evidence}. Which runtime?" if offered else f"Which runtime? ({told})"
    guess = str(offered[0].value) if offered else ""
    return Question("runtime.name", f"--runtime {guess}".rstrip(), text, guess, tuple(catalogue.names("runtime")))


def _flag_of(field: str) -> str:
    return FLAGS.get(field, f"--set {field}=VALUE")


def _has(data: Any, field: str) -> bool:
    for part in field.split("."):
        data = data.get(part) if isinstance(data, dict) else None
    return data is not None


def _cluster_questions(data: dict[str, Any], catalogue: Catalogue) -> list[Question]:
    names = tuple(catalogue.names("cluster"))
    if _lacks(data, "cluster", "type"):
        return [Question("cluster.type", "--cluster", "Which kind of cluster?", names[0], names)]
    cluster = data["cluster"]
    if not isinstance(cluster, dict):
        return []
    pack = catalogue.pack("cluster", str(cluster["type"])) if cluster["type"] in names else None
    if pack is None:
        return []
    return [
        Question(f"cluster.{field}", f"--set cluster.{field}=VALUE", pack.get("fields", {})[field]["description"])
        for field in pack.get("required", [])
        if field not in cluster
    ]


def _lacks(data: dict[str, Any], section: str, field: str) -> bool:
    """Whether a section still needs a field; one that is no mapping is for the compiler to complain about."""
    written = data.get(section, {})
    return isinstance(written, dict) and field not in written


def _image_question(data: dict[str, Any], found: Detection) -> Question:
    """Ask for the image; where a registry is in use already, its name there is a guess."""
    text = "Which image, without a tag?"
    offered = next((offer for offer in found.offers if offer.field == "image"), None)
    if offered:
        text, guess = f"{text} ({offered.value}, by {offered.evidence})", str(offered.value)
        return Question("image", f"--image {guess}", text, guess, pattern=patterns.IMAGE)
    return Question("image", "--image", text, _image_guess(data), pattern=patterns.IMAGE)


def _image_guess(data: dict[str, Any]) -> str:
    """Suggest the repository's owner on the registry that most people start with; only ever offered, never taken."""
    owner = str(data.get("repository", "")).rstrip("/").rpartition("/")[0].rpartition("/")[2]
    return f"docker.io/{owner.lower()}/{data['name']}" if owner and "name" in data else ""


def parse_setting(text: str) -> tuple[str, Any] | str:
    """Return field and value of a `--set path=value`, or what is wrong with it; the value is read as YAML.

    `--set FOLDER:path=value` answers for one service of a workspace; the field then has the folder before it, too.
    """
    named, equals, value = text.partition("=")
    folder, colon, field = named.rpartition(":")
    if not equals or not all(field.split(".")) or (colon and not folder):
        return f"--set {text}: write it as path=value, such as --set cluster.name=prod"
    # Nothing that begins so is a value without quotes, and the shell has taken those.
    quoted = json.dumps(value) if value.startswith(("@", "`", "%")) else value
    doc = parse("--set", f"value: {quoted}".encode())
    if not isinstance(doc, SourceDoc):
        return f"--set {text}: {doc.message}"
    read = doc.data["value"]
    if list(doc.data) != ["value"] or read is None:
        return f"--set {text}: write one value, on one line"
    # `--set env.A=1.5` means the text: the shell has taken the quotes that a file would have.
    if isinstance(read, (int, float)) and not isinstance(read, bool) and is_text_field(tuple(field.split("."))):
        read = value
    if isinstance(read, float):
        return f"--set {text}: no field holds a fraction"
    is_short = field in SHORT_FORMS and isinstance(read, str)
    return f"{folder}{colon}{field}{f'.{SHORT_FORMS[field].field}' if is_short else ''}", read


def _put(data: dict[str, Any], field: str, value: Any) -> None:
    *parents, last = field.split(".")
    for parent in parents:
        inner = data.setdefault(parent, {})
        if not isinstance(inner, dict):
            inner = data[parent] = {}
        data = inner
    data[last] = value


def spec_text(data: Mapping[str, Any], introduction: bool = True) -> str:
    """Return the text of a spec: known fields in their usual order, then any others."""
    order = [*(key for key in _ORDER if key in data), *sorted(key for key in data if key not in _ORDER)]
    lines = [SCHEMA_LINE + _INTRODUCTION] if introduction else []
    for key in order:
        told = _MODE_COMMENTS.get(str(data[key]), "") if introduction and key == "mode" else ""
        comment = f"  # {told}" if told else ""
        lines += _lines(key, data[key], "", comment)
    return "".join(lines)


def _lines(key: str, value: Any, indent: str, comment: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        inner = [line for name, item in value.items() for line in _lines(name, item, indent + "  ")]
        return [f"{indent}{yaml(key)}:\n", *inner]
    return [f"{indent}{yaml(key)}: {yaml(value)}{comment}\n"]


def example_files(pack: Pack) -> dict[str, str]:
    """Return the files of an example app by path; its manifest stays behind."""
    folder = os.path.join(assets.TEMPLATES, pack.id)
    return {
        name: assets.read_text(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name != "pack.yaml"
    }
