"""Apps in the folders of a workspace that nothing delivers, because nobody has written a spec for them yet."""

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import Root
from gitopsgen.detect import KINDS, detect
from gitopsgen.packs.catalogue import Catalogue
from gitopsgen.project import SPEC_NAME, Project, folders_without_spec
from gitopsgen.spec.workspace import SERVICES


def unserved_apps(repository: Root, catalogue: Catalogue, project: Project) -> list[Diagnostic]:
    """Return `workspace.no-spec`, a warning, for each app in a folder that would be a service if it had a spec.

    Detection looks at few files and folders, and at none at all where every folder that `services` names has a spec.
    """
    folders = folders_without_spec(repository, project)
    if not folders:
        return []
    found = detect(repository.path, [pack.manifest for kind in KINDS for pack in catalogue.all(kind)])
    return [
        Diagnostic(
            "workspace.no-spec",
            f"an app ({app.runtime}: {app.evidence}), and no {SPEC_NAME}, so that nothing delivers it",
            f"`gitopsgen init {app.folder}` makes it a service; if it is none, name folders in `{SERVICES}` one by one",
            app.folder,
            severity="warning",
        )
        for app in found.services
        if app.folder in folders
    ]
