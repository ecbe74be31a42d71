"""What a failed template tells its author: which template, which line, what to do."""

import traceback

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, template_text
from gitopsgen.render.environment import FROM_BASE
from gitopsgen.render.escape import EscapeError


def explain(error: Exception, template: str, catalogue: Catalogue) -> Diagnostic | None:
    """Return what to say about an exception out of a template, None when it is a bug of ours."""
    if isinstance(error, TemplateSyntaxError):
        return _at(catalogue, error.name or template, error.lineno, "template.syntax", str(error.message), "mend it")
    line, name = _place(error, catalogue) or (1, template)
    if isinstance(error, UndefinedError):
        cure = "`gitopsgen explain` lists the fields; a name must exist for every spec"
        return _at(catalogue, name, line, "template.undefined", str(error.message), cure)
    if isinstance(error, TemplateNotFound):
        return _at(catalogue, name, line, "template.missing", f"there is no template {error.name}", "check its name")
    if isinstance(error, SecurityError):
        return _at(catalogue, name, line, "template.forbidden", str(error), "templates see only the plan")
    if isinstance(error, EscapeError):
        return _at(catalogue, name, line, "template.unwritable", str(error), "choose another value in the spec")
    if isinstance(error, (TypeError, ValueError, LookupError, ArithmeticError, RecursionError)):
        return _at(catalogue, name, line, "template.failed", f"{type(error).__name__}: {error}", "mend the template")
    return None


def _place(error: Exception, catalogue: Catalogue) -> tuple[int, str] | None:
    """Return line and template name of the innermost frame that is a template's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for layer in catalogue.layers:
            if frame.filename.startswith(f"{layer.folder}/"):
                name = frame.filename[len(layer.folder) + 1 :]
                return frame.lineno or 1, FROM_BASE + name if layer == BUILT_IN else name
    return None


def _at(catalogue: Catalogue, name: str, line: int, code: str, message: str, cure: str) -> Diagnostic:
    base, name = name.startswith(FROM_BASE), name.removeprefix(FROM_BASE)
    found = catalogue.find_built_in(name) if base else catalogue.find_template(name)
    if found is None:
        return Diagnostic(code, message, cure, name)
    layer, path = found
    texts = template_text(layer, path).split("\n")
    source = texts[line - 1] if 0 < line <= len(texts) else ""
    return Diagnostic(code, message, cure, f"{layer.shown}/{name}", Position(line, 1), source)
