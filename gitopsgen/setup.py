"""What a person must do outside the repository, in order: derived from the plan, told by the packs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan
from gitopsgen.render.renderer import Renderer, TemplateError

PHASES = ("accounts", "credentials", "trust", "operator", "commit", "build", "deliver", "verify")


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
            steps += [_step(entry, pack) for entry in entries]
        except (ryaml.InvalidYamlError, KeyError, TypeError, ValueError, AttributeError) as error:
            template = f"{pack.id}/{pack.get('setup', '')}"
            cure = f"a list of steps with phase ({', '.join(PHASES)}), title, why and commands"
            raise TemplateError(Diagnostic("setup.unreadable", f"{error}", cure, template)) from error
    return sorted(steps, key=lambda step: PHASES.index(step.phase))


def _step(entry: Mapping[str, Any], pack: Pack) -> SetupStep:
    step = SetupStep(entry["phase"], entry["title"], entry.get("why", ""), tuple(entry["commands"]), pack.id)
    if step.phase not in PHASES:
        raise ValueError(f'there is no phase "{step.phase}"{did_you_mean(str(step.phase), PHASES)}')
    if isinstance(entry["commands"], str) or not all(isinstance(text, str) for text in (*step[:3], *step.commands)):
        raise ValueError(f'a part of the step "{step.title}" is no text, or its commands are no list')
    return step
