"""Hostile locks: what somebody commits who wants another person's gitopsgen to read, write or delete files."""

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.crash.stories import LOCK

SECRET = "the secret of somebody else\n"  # noqa: S105 - a text to look for
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()

# Texts that no repository can hold as a path: the lock is refused.
UNSAFE = (
    "../outside/secret",
    "../../outside/secret",
    "../repo-beside/secret",
    "k8s/../../outside/secret",
    "k8s/../README.md",
    "..",
    ".",
    "./README.md",
    "k8s//base/service.yaml",
    "k8s/base/",
    "/etc/passwd",
    "//etc/passwd",
    "{outside}/secret",
    "C:/Windows/win.ini",
    "c:secret",
    "k8s\\base\\service.yaml",
    "..\\outside\\secret",
    ".git/config",
    ".GIT/config",
    ".git",
    ".git./config",
    ".git /config",
    "git~1/config",
    ".git::$INDEX_ALLOCATION/config",
    "k8s/.git/config",
    "a\0b",
    "a\x1b[31mb",
    "a\x7fb",
    "a\u202eb",
    "a\u2028b",
    "a\ufeffb",
    "a\tb",
    "a" * 1025,
    "a/" * 600 + "b",
    "a" * 1_000_000,
    "../" * 300 + "etc/passwd",
)
# Possible paths: what lies there is decided on the disk.
BEHIND_LINKS = (
    "out/secret",
    "out/folder/secret",
    "out",
    "linked-file",
    "up/outside/secret",
    "up/repo-beside/secret",
    "out/empty/new",
    "up/outside/empty/new",
    "into-git/empty/new",
    "into-git/config",
    "into-git/hooks/pre-commit",
    "chain/secret",
    "devices/zero",
    "processes/self/environ",
    "pipe",
    "README.md/below",
    "loop/a",
    "k8s/here/gitopsgen.yaml",
    "k8s/here/.gitopsgen/templates/x",
    "k8s",
)
# What gitopsgen looks after itself, in every spelling that a file system may take for it.
RESERVED = (
    "gitopsgen.yaml",
    "gitopsgen.lock",
    "GitOpsGen.yaml",
    "GITOPSGEN.LOCK",
    ".gitopsgen/templates/runtime/node/Dockerfile",
    ".gitopsgen/Templates/x",
    ".gitopsgen/kept/Dockerfile",
    ".gitopsgen/patches/Dockerfile.patch",
    ".gitopsgen/PATCHES/Dockerfile.patch",
    ".gitopsgen/ejected",
    ".gitopsgen/pins.yaml",
    ".gitopsgen/Ejected",
    ".gitopsgen/staging/1.new",
    ".gitopsgen/staging",
    ".GITOPSGEN/staging/1.old",
)
KINDS = {
    "file": "file managed {digest} 644 runtime/node {path}",
    "once": "file once - 644 runtime/node {path}",
    "our once": "file once {digest} 644 runtime/node {path}",
    "block": "file block {digest} 644 runtime/node {path}",
    "input": "input {digest} {path}",
    "needs": "needs {path}",
    "intent": "intent managed {digest} 644 runtime/node {path}",
    "deletion": "intent managed - 644 runtime/node {path}",
    "once intent": "intent once {digest} 644 runtime/node {path}",
}
_MERGED = "<<<<<<< ours\n{line}\n=======\n{other}\n>>>>>>> theirs"


class Hostile(NamedTuple):
    """A lock: `put` lays it into a repository whose own lock is there; `refused` when nothing else will do."""

    name: str
    put: Callable[[Path], None]
    refused: bool = False


def groups(few: int) -> dict[str, list[Hostile]]:
    """Return all locks by what they try; `few` is how many are made at random."""
    found = {f"unsafe {kind}": list(_with_paths(kind, UNSAFE, refused=True)) for kind in KINDS}
    found |= {f"links {kind}": list(_with_paths(kind, BEHIND_LINKS)) for kind in KINDS}
    found |= {f"reserved {kind}": list(_with_paths(kind, RESERVED)) for kind in ("file", "once", "intent", "deletion")}
    found |= {"merged": [*_merged()], "words": [*_words()]}
    found["shapes"] = [*_shapes()]
    found["no file"] = [*_no_files()]
    found["random"] = [_mutated(seed) for seed in range(few)]
    return found


def _with_paths(kind: str, paths: tuple[str, ...], *, refused: bool = False) -> Iterator[Hostile]:
    for path in paths:
        yield Hostile(f"{kind} {path[:40]!r}", _adds(KINDS[kind].replace("{path}", path)), refused)


def _fill(line: str, folder: Path) -> str:
    return line.replace("{digest}", DIGEST).replace("{outside}", str(folder.parent / "outside"))


def _adds(*lines: str) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        with open(folder / LOCK, "a", encoding="utf-8", newline="") as file:
            file.write("".join(f"{_fill(line, folder)}\n" for line in lines))

    return put


def _merged() -> Iterator[Hostile]:
    """Both sides of a merge, one of them hostile; a lock with markers is understood, so its paths must be looked at."""
    good = KINDS["file"].replace("{path}", "Dockerfile")
    for path in (*UNSAFE[:22], *BEHIND_LINKS, *RESERVED):
        bad = KINDS["file"].replace("{path}", path)
        yield Hostile(f"merged {path!r}", _adds(_MERGED.format(line=good, other=bad)))
        yield Hostile(f"twice {path!r}", _adds(bad, bad.replace("{digest}", "0" * 64)))
    yield Hostile("markers only", _adds("<<<<<<< ours", "=======", ">>>>>>> theirs"))
    yield Hostile("marker with a path", _adds("<<<<<<< ../../outside/secret", KINDS["needs"].format(path="app.js")))


def _words() -> Iterator[Hostile]:
    line = KINDS["file"].replace("{path}", "app.js")
    for old, new in (
        ("managed", "root"),
        ("managed", "MANAGED"),
        ("managed", "m" * 100_000),
        ("{digest}", "0" * 63),
        ("{digest}", "0" * 65),
        ("{digest}", "g" * 64),
        ("{digest}", DIGEST.upper()),
        ("{digest}", "-"),
        ("{digest}", "\u0660" * 64),
        ("{digest}", "9" * 1_000_000),
        ("644", "777"),
        ("644", "4755"),
        ("644", "-1"),
        ("644", "0o644"),
        ("644", "\u0666\u0664\u0664"),
        ("644", "9" * 100_000),
        ("runtime/node", "../../x"),
        ("runtime/node", "p" * 1_000_000),
        ("runtime/node", "a\x1b]0;x\x07"),
        ("file ", "FILE "),
        ("file ", "execute "),
        ("file ", "file  "),
        ("file ", "file\t"),
        (" app.js", ""),
        ("app.js", "app.js extra"),
    ):
        yield Hostile(f"{old} -> {new[:20]!r}", _adds(line.replace(old, new)))
    for text in (
        "tool 99.0.0",
        "tool 0.0.1",
        "tool $(id)",
        "tool \x1b[2J",
        "tool " + "9." * 100_000,
        "tool -1",
        "tool",
    ):
        yield Hostile(text[:20], _replaces("tool ", text))
    for text in ("format 2", "format 999999999999999999999", "format -1", "format", "format 1 1", "format \u0661"):
        yield Hostile(text[:20], _replaces("format ", text))


def _replaces(start: str, text: str) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        lines = (folder / LOCK).read_text().split("\n")
        (folder / LOCK).write_text("\n".join(text if line.startswith(start) else line for line in lines))

    return put


def _becomes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        (folder / LOCK).write_bytes(change((folder / LOCK).read_bytes()))

    return put


def _shapes() -> Iterator[Hostile]:
    many = "".join(f"file managed {DIGEST} 644 p a/{number}\n" for number in range(20_000)).encode()
    intents = "".join(f"intent managed {DIGEST} 644 p a/{number}\n" for number in range(20_000)).encode()
    same = f"intent managed {DIGEST} 644 p Dockerfile\n".encode() * 50_000
    deep = f"file managed {DIGEST} 644 p {'a/' * 500}b\n".encode()
    shapes: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda _: b"",
        "a line end": lambda _: b"\n",
        "NUL bytes": lambda _: b"\0" * 4096,
        "invalid UTF-8": lambda text: text + b"needs \xff\xfe\n",
        "overlong UTF-8": lambda text: text + b"needs \xc0\xae\xc0\xae/outside/secret\n",
        "surrogates": lambda text: text + b"needs \xed\xa0\x80\n",
        "UTF-16": lambda text: text.decode().encode("utf-16"),
        "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
        "CRLF": lambda text: text.replace(b"\n", b"\r\n"),
        "CR": lambda text: text.replace(b"\n", b"\r"),
        "other line ends": lambda text: text + f"needs app.js\u2028file managed {DIGEST} 644 p README.md\n".encode(),
        "next line": lambda text: text + f"needs app.js\x85file managed {DIGEST} 644 p README.md\n".encode(),
        "cut": lambda text: text[: len(text) // 2],
        "cut in a line": lambda text: text.rstrip(b"\n")[:-10],
        "no line end": lambda text: text.rstrip(b"\n"),
        "upside down": lambda text: b"\n".join(reversed(text.split(b"\n"))),
        "twice": lambda text: text + text,
        "twice, other tool": lambda text: text + text.replace(b"tool ", b"tool 0.0."),
        "JSON": lambda _: b'{"format": 1, "files": {"../outside/secret": "x"}}',
        "deep JSON": lambda _: b"[" * 100_000,
        "YAML": lambda _: b"a: &a [*a, *a]\n" * 1000,
        "pickle": lambda _: b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.",
        "one long line": lambda text: text + b"# " + b"x" * 5_000_000 + b"\n",
        "many lines": lambda text: text + many,
        "many intents": lambda text: text + intents,
        "many intents for one path": lambda text: text + same,
        "many comments": lambda text: text + b"# x\n" * 500_000,
        "deep": lambda text: text + deep,
        "spaces": lambda text: text.replace(b" ", b"  "),
        "too large": lambda text: text + b"# \n" * (12 * 1024 * 1024),
    }
    for name, change in shapes.items():
        yield Hostile(name, _becomes(change))


def _no_files() -> Iterator[Hostile]:
    def instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
        def put(folder: Path) -> None:
            (folder / LOCK).unlink()
            make(folder / LOCK)

        return put

    yield Hostile("link out", instead(lambda lock: lock.symlink_to("../outside/secret")), refused=True)
    yield Hostile("link to a lock outside", instead(lambda lock: lock.symlink_to("../outside/lock")), refused=True)
    yield Hostile("dangling link", instead(lambda lock: lock.symlink_to("../outside/new")), refused=True)
    yield Hostile("link inside", instead(lambda lock: lock.symlink_to("README.md")), refused=True)
    yield Hostile("link to itself", instead(lambda lock: lock.symlink_to(LOCK)), refused=True)
    yield Hostile("device", instead(lambda lock: lock.symlink_to("/dev/zero")), refused=True)
    yield Hostile("pipe", instead(os.mkfifo), refused=True)
    yield Hostile("folder", instead(Path.mkdir), refused=True)


def _mutated(seed: int) -> Hostile:
    """A good lock with a few things done to it at random."""

    def put(folder: Path) -> None:
        chance = random.Random(seed)  # noqa: S311 - not a secret
        lines = (folder / LOCK).read_bytes().split(b"\n")
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(lines))
            other = lines[chance.randrange(len(lines))]
            line = bytearray(lines[at] or b"x")
            what = chance.randrange(6)
            if what == 0:
                line[chance.randrange(len(line))] = chance.randrange(256)
            elif what == 1:
                line[chance.randrange(len(line)) :] = b""
            elif what == 2:
                line += b"/" + chance.choice((*UNSAFE[:20], *BEHIND_LINKS)).encode()
            elif what == 3:
                line[:] = line[: line.rfind(b" ") + 1] + chance.choice((*UNSAFE[:20], *BEHIND_LINKS)).encode()
            elif what == 4:
                line[:] = other[: chance.randrange(len(other) + 1)] + line
            else:
                line[:] = line.replace(b"file ", b"intent ").replace(DIGEST[:4].encode(), b"-")
            lines[at : at + 1] = [bytes(line)] * chance.randint(1, 2)
        (folder / LOCK).write_bytes(b"\n".join(lines))

    return Hostile(f"random {seed}", put)
