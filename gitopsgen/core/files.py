"""RenderedFile: what the compiler wants on disk, before anybody looks at the disk."""

from typing import Literal, NamedTuple

from gitopsgen.core.repopath import RepoPath

Ownership = Literal["managed", "once", "block"]


class RenderedFile(NamedTuple):
    """One output.

    `ownership`: `managed` is rewritten when its text changes, `once` is created and then the user's or CI's, `block` is
    one marked block of ours in a file of the user's. `text` is the whole file, for a block the lines between the
    markers. `mode` is 0o644 or 0o755. `pack` and `template` say where it comes from. `language` is the output language.
    `home` is the folder of the app whose file it is, empty for one at the root and for what all apps share.
    For a block, `comment` starts a comment in that file, and `under` is the top-level YAML key whose list it extends
    (empty: the block goes to the end of the file). `holds` is a text that somebody else needs in a file that is written
    once.
    """

    path: RepoPath
    text: str
    ownership: Ownership
    mode: int
    pack: str
    template: str
    language: str
    schema: str = ""
    comment: str = "#"
    under: str = ""
    holds: str = ""
    home: str = ""
