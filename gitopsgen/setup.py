"""What a person must do outside the repository, in order: derived from the plan, told by the packs."""

from collections.abc import Mapping
from typing import NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan
from gitopsgen.render.renderer import Renderer, TemplateError

PHASES = ("accounts", "credentials", "trust", "operator", "commit", "deliver", "verify")


class SetupStep(NamedTuple):
    """One step: what to do and why, with the commands that do it, to be pasted into a POSIX shell."""

    phase: str
    title: str
    why: str
    commands: tuple[str, ...]
    pack: str


def setup_steps(plan: Plan, packs: Mapping[str, Pack], renderer: Renderer) -> list[SetupStep]:
    """Return the steps in the order to do them. Raises TemplateError for a set-up template that cannot be used."""
    import ryaml

    steps = []
    for kind in sorted(packs):
        pack = packs[kind]
        text = renderer.render_setup(plan, pack)
        try:
            entries = ryaml.loads(text) if text.strip() else []
            steps += [
                SetupStep(entry["phase"], entry["title"], entry.get("why", ""), tuple(entry["commands"]), pack.id)
                for entry in entries
            ]
        except (ryaml.InvalidYamlError, KeyError, TypeError) as error:
            template = f"{pack.id}/{pack.get('setup', '')}"
            cure = "a list of steps with phase, title, why and commands"
            raise TemplateError(Diagnostic("setup.unreadable", f"{error}", cure, template)) from error
    return sorted(steps, key=lambda step: PHASES.index(step.phase))
