"""Our own templates as they were compiled when the wheel was built: Python that pip compiled for this interpreter.

Where there are none, as in a source checkout, or for another release of Jinja's compiler, Jinja compiles the template.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from importlib.machinery import SourceFileLoader
from types import CodeType

from jinja2.bccache import bc_version

from gitopsgen.core import assets

# Named by the release of the compiler, as Jinja's own cache of code is.
FOLDER = f"compiled/{bc_version}"


def escaping(language: str, literals: Mapping[str, str]) -> str:
    """Return a name for how values are written: constants are escaped while compiling."""
    return hashlib.sha256(json.dumps([language, sorted(literals.items())]).encode()).hexdigest()


def module_path(how: str, template: str) -> str:
    """Return where the code of a template of ours is, below the folder of our data."""
    return f"{FOLDER}/{how[:16]}/{template}.py"


def shipped_code(how: str, template: str) -> CodeType | None:
    """Return the code of a template of ours, None when it came with no code; `how` is what `escaping` says."""
    path = os.path.join(assets.DATA, module_path(how, template))
    try:
        return SourceFileLoader(template, path).get_code(template)
    except OSError:
        return None
