"""What a person does to one text: each edit carries a mark, so that it can be found again."""

import random
import re
from collections.abc import Callable

_SCALAR = re.compile(r"^(\s*(?:- )?[\w./-]+: )([\w./-]+)$")
_NUMBER = re.compile(r"^(\s*(?:- )?[\w./-]+: )(\d+)$")
_LABELS = re.compile(r"^(\s+)(?:labels|annotations|env|with|permissions|matchLabels):$")

Edit = Callable[[list[str], str, random.Random], None]


def _number(lines: list[str], mark: str, chance: random.Random) -> None:
    _replace(lines, _NUMBER, mark, chance)


def _scalar(lines: list[str], mark: str, chance: random.Random) -> None:
    _replace(lines, _SCALAR, f"x{mark}", chance)


def _replace(lines: list[str], pattern: re.Pattern[str], text: str, chance: random.Random) -> None:
    places = [at for at, line in enumerate(lines) if pattern.match(line)]
    if not places:
        _comment(lines, text, chance)
        return
    at = chance.choice(places)
    lines[at] = pattern.sub(lambda found: found[1] + text, lines[at])


def _key(lines: list[str], mark: str, chance: random.Random) -> None:
    places = [at for at, line in enumerate(lines) if _LABELS.match(line)]
    if not places:
        _comment(lines, mark, chance)
        return
    at = chance.choice(places)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    lines.insert(at + 1, f'{indent}  n{mark}: "{mark}"')


def _comment(lines: list[str], mark: str, chance: random.Random) -> None:
    at = chance.randint(0, len(lines))
    near = lines[at] if at < len(lines) else ""
    lines.insert(at, f"{near[: len(near) - len(near.lstrip())]}# {mark}")


def _trailing(lines: list[str], mark: str, chance: random.Random) -> None:
    at = chance.randrange(len(lines)) if lines else 0
    lines[at:] = [f"{lines[at]}  # {mark}" if lines else f"# {mark}", *lines[at + 1 :]]


def _line(lines: list[str], mark: str, chance: random.Random) -> None:
    lines.insert(chance.randint(0, len(lines)), f"RUN echo {mark}")


def _at_the_end(lines: list[str], mark: str, chance: random.Random) -> None:
    lines.append(f"# {mark}")


def _instead(lines: list[str], mark: str, chance: random.Random) -> None:
    if lines:
        lines.pop(chance.randrange(len(lines)))
    _comment(lines, mark, chance)


def _several(lines: list[str], mark: str, chance: random.Random) -> None:
    for at in range(3):
        chance.choice((_number, _key, _comment, _trailing))(lines, f"{mark}{at}", chance)


def _without_a_line(lines: list[str], mark: str, chance: random.Random) -> None:
    if lines:
        lines.pop(chance.randrange(len(lines)))


def _from_another_world(lines: list[str], mark: str, chance: random.Random) -> None:
    lines[:] = [f"# {mark}", "mine: true"]


_YAML: tuple[Edit, ...] = (_number, _scalar, _key, _key, _comment, _trailing, _several)
_TEXT: tuple[Edit, ...] = (_comment, _line, _trailing)
_ANY: tuple[Edit, ...] = (_at_the_end, _at_the_end, _comment, _instead, _without_a_line, _from_another_world)


def edited(path: str, raw: bytes, mark: str, chance: random.Random) -> tuple[bytes, list[str]]:
    """Return the text after some edit, and the marks that are in it now."""
    end = "\r\n" if b"\r\n" in raw else "\n"
    text = raw.decode().replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    if path.endswith(".json"):
        lines[1:1] = [f'  "x{mark}": true,']
    else:
        fitting = _YAML if path.endswith(".yaml") else _TEXT
        chance.choice((*fitting, *_ANY))(lines, mark, chance)
    last = "" if chance.random() < 0.05 else "\n"
    after = (("\n".join(lines) + last) if lines else "").replace("\n", end).encode()
    marks = [
        found for found in (mark, *(f"{mark}{at}" for at in range(3))) if re.search(rf"{found}(?!\d)".encode(), after)
    ]
    return after, marks
