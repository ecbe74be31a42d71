"""What `init` must know before it writes: the flags' answers, what detection finds, and questions for the rest."""

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import click

from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import RepoPath, Root
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.detect import KINDS, SAID, Detection, detect, enclosing_repository
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.packs.validate import validate
from gitopsgen.repo.lock import Lock, read_lock
from gitopsgen.report.found import facts_text, services_text
from gitopsgen.report.out import emit
from gitopsgen.report.steps import guide_text
from gitopsgen.scaffold import FLAGS, Question, draft, parse_setting, questions, spec_text
from gitopsgen.spec import patterns
from gitopsgen.spec.sections import SECTIONS
from gitopsgen.spec.workload_rules import kinds_of

# The flags whose answer is a command line.
_COMMANDS = ("runtime.start",)
# Fields whose answer asks for others, so that nothing can be said of it alone.
_SYSTEMS = {"mode", "runtime.folder", *(f"{section.kind}.{section.selector}" for section in SECTIONS)}


class MissingError(click.UsageError):
    """What must be said and was not, with the flag for each."""

    def __init__(self, questions: Sequence[Question]) -> None:
        told = {known: f" ({known.otherwise})" if known.otherwise else "" for known in questions}
        flags = "\n".join(f"  {known.flag:32} {known.text}{told[known]}" for known in questions)
        super().__init__(f"gitopsgen cannot find out everything; say it by:\n{flags}")
        self.questions = tuple(questions)


def look_around(
    folder: str,
    catalogue: Catalogue,
    answers: dict[str, Any],
    *,
    ask: bool,
    quiet: bool,
    origins: Mapping[str, str] = MappingProxyType({}),
) -> Detection:
    """Detect, and say what was found where. In a monorepo, ask for the app, or raise click.UsageError with its apps.

    `origins` says of answers that nobody gave for this app where they come from, by field.
    """
    refuse_unknown(answers, catalogue)
    found = look_again(folder, catalogue, answers)
    if found.services and "runtime.folder" not in answers:
        if not ask:
            raise click.UsageError(services_text(found).rstrip("\n"))
        emit(services_text(found), sys.stderr)
        folders = tuple(service.folder for service in found.services)
        answers["runtime.folder"] = ask_one(Question("runtime.folder", "--folder", "Which one?", "", folders))
        found = look_again(folder, catalogue, answers)
    above = enclosing_repository(folder)
    if above:
        note = f"{folder} is a folder of the repository {above}: CI systems read their files only at its root"
        found = found._replace(problems=[*found.problems, note])
    facts = [
        fact._replace(evidence=origins.get(fact.field, SAID)) if fact.evidence == SAID else fact for fact in found.facts
    ]
    kind = str(answers.get("type", next((fact.value for fact in facts if fact.field == "type"), "")))
    # What could not be found of an app that listens is nothing to one that does not.
    problems = [text for text in found.problems if not kind or kind in (kinds_of((text.partition(":")[0],)) or (kind,))]
    found = found._replace(facts=facts, problems=problems)
    emit("" if quiet else facts_text(found), sys.stderr)
    return found


def refuse_unknown(answers: Mapping[str, Any], catalogue: Catalogue) -> None:
    """Raise click.UsageError for an answer that names a system which no pack is for, before anything else is asked."""
    for section in SECTIONS:
        field, known = f"{section.kind}.{section.selector}", catalogue.names(section.kind)
        name = answers.get(field)
        if isinstance(name, str) and name not in known:
            near = did_you_mean(name, known)
            message = f'{FLAGS[field]} {name}: gitopsgen knows no {section.kind} "{name}"{near}'
            raise click.UsageError(f"{message}\nchoose {', '.join(known)}")


def look_again(folder: str, catalogue: Catalogue, answers: Mapping[str, Any]) -> Detection:
    """Detect, given what is answered: the systems, and what else of the app its other facts may hang on."""
    manifests = [pack.manifest for kind in KINDS for pack in catalogue.all(kind)]
    selectors = {f"{section.kind}.{section.selector}" for section in SECTIONS}
    told = {
        field: _line(value) if isinstance(value, list) else value
        for field, value in answers.items()
        if isinstance(value, str | list) and (field in selectors or field.startswith("runtime."))
    }
    return detect(folder, manifests, _inside(folder, answers), told, _generated(folder))


def _line(words: Sequence[Any]) -> str:
    """Return a list as one line of words; what stands in it may be no text, as the schema says only later."""
    return shlex.join(map(str, words))


def _generated(folder: str) -> frozenset[str]:
    """Return the files that follow from a spec, by the lock; a lock that cannot be read is told of later."""
    lock = read_lock(Root(folder))
    files = lock.files if isinstance(lock, Lock) else ()
    return frozenset(file.path for file in files if file.ownership == "managed")


def _inside(folder: str, answers: Mapping[str, Any]) -> str:
    """Return the app's folder below the root as an answer has it. Raises click.UsageError when it is none."""
    inside = str(answers.get("runtime.folder", "")).removesuffix("/")
    if inside in ("", "."):
        return ""
    try:
        if os.path.isdir(Root(folder).locate(RepoPath(inside))):
            return inside
    except errors.UnsafePathError:
        pass
    raise click.UsageError(f"--folder {inside}: there is no such folder in {folder}")


def answers_of(flags: Mapping[str, Any], settings: tuple[str, ...]) -> dict[str, Any]:
    """Return the spec fields that flags and `--set` answer. Raises click.UsageError."""
    answers: dict[str, Any] = {}
    for field, flag in FLAGS.items():
        value = flags.get(flag.removeprefix("--"))
        if value is not None:
            answers[field] = _words(flag, value) if field in _COMMANDS else value
    for text in settings:
        parsed = parse_setting(text)
        if isinstance(parsed, str):
            raise click.UsageError(parsed)
        answers[parsed[0]] = parsed[1]
    return answers


def _words(flag: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise click.UsageError(f"{flag} {text}: it has an open quote") from error


def complete(
    folder: str, found: Detection, answers: dict[str, Any], catalogue: Catalogue, *, ask: bool
) -> tuple[Detection, dict[str, Any]]:
    """Ask until nothing is missing; return what is found then, and the spec's data.

    Raises MissingError when nobody can be asked.
    """
    data = draft(found.facts, answers)
    while missing := [question for question in questions(data, catalogue, found) if ask or not question.optional]:
        if not ask:
            raise MissingError(missing)
        answer = ask_one(missing[0])
        words = {word: (field, value) for word, field, value in missing[0].instead}
        field, value = words.get(str(answer), (missing[0].field, answer))
        if wrong := _refused(draft(found.facts, {**answers, field: value}), field, catalogue):
            emit(f"{wrong.message}\n    cure: {wrong.cure}\n", sys.stderr)
            continue
        answers[field] = value
        if missing[0].field.startswith("runtime."):
            found = _more(found, look_again(folder, catalogue, answers))
        data = draft(found.facts, answers)
    return found, data


def _refused(data: dict[str, Any], field: str, catalogue: Catalogue) -> Diagnostic | None:
    """Return the first thing that is wrong with an answer by itself; what else the spec lacks is asked later."""
    if field in _SYSTEMS:
        return None
    doc = parse("answers", spec_text(data, introduction=False).encode())
    place = doc.values.get(tuple(field.split("."))) if isinstance(doc, SourceDoc) else None
    if not isinstance(doc, SourceDoc) or place is None:
        return None
    found = (one for one in validate(doc, catalogue)[1] if one.severity == "error" and one.position)
    return next((one for one in found if one.position and one.position.line == place.line), None)


def _more(before: Detection, now: Detection) -> Detection:
    """Say what was found only with the last answer, and return it with the rest."""
    told = {*(fact.field for fact in before.facts), *(fact.field for fact in now.facts if fact.evidence == SAID)}
    problems = [text for text in now.problems if text not in before.problems]
    emit(facts_text(now._replace(problems=problems, candidates=(), offers=()), told), sys.stderr)
    return now


def again(root: str, example: str | None, answers: Mapping[str, Any]) -> str:
    """Return the command that gives all answers, also those that somebody typed in, so that none is asked again."""
    words = ["gitopsgen", "init", *([root] if root else []), *(["--example", example] if example else [])]
    for field, value in answers.items():
        text = _line(value) if isinstance(value, list) else str(value)
        words += [FLAGS[field], text] if field in FLAGS else ["--set", f"{field}={text}"]
    return shlex.join(words)


class _Listed(click.Choice[str]):
    """A choice that takes the number of an entry too, from 1; an `open` one takes whatever else is said."""

    def __init__(self, choices: Sequence[str], *, open_: bool) -> None:
        super().__init__(choices)
        self.open = open_

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the entry that the value names or numbers. Raises click.BadParameter."""
        names = list(self.choices)
        if str(value) not in names and str(value).isdecimal() and 0 < int(value) <= len(names):
            return names[int(value) - 1]
        if self.open and value not in names:
            return str(value)
        return super().convert(value, param, ctx)


class _Number(click.ParamType[Any]):
    """A number, or one of the words that stand for another answer."""

    name = "integer"

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number, or the word. Raises click.BadParameter."""
        return value if value in self.words else click.INT.convert(value, param, ctx)


def ask_one(question: Question) -> Any:
    """Ask until the answer is one that fits. Raises click.Abort when nobody answers."""
    if question.field == "mode":
        emit(guide_text(), sys.stderr)
    number = question.field == "port"
    kind: Any = (
        _Listed(question.choices, open_=question.kind == "command")
        if question.choices
        else _Number([word for word, *_ in question.instead])
        if number
        else str
    )
    words = "".join(f"; {word}: {field} {value}" for word, field, value in question.instead)
    while True:
        answer = click.prompt(
            f"{question.text}{words}", default=question.guess, show_default=bool(question.guess), type=kind, err=True
        )
        if answer == "":
            emit("This has no default; it must be answered.\n", sys.stderr)
            continue
        if question.kind == "command":
            return _words("", answer)
        if not question.pattern or re.fullmatch(question.pattern.removesuffix("$"), answer):
            return answer
        what, example = patterns.EXPLAINED[question.pattern]
        emit(f"It must be {what}, for example {example}.\n", sys.stderr)
