"""Where what is in a folder is compiled. Asked of each of many repositories, so it loads nothing for most of them."""

import os

_SPEC, _WORKSPACE, _LOCK = "gitopsgen.yaml", "gitopsgen.workspace.yaml", "gitopsgen.lock"


def root_of(folder: str) -> str:
    """Return where what is in `folder` is compiled: the workspace that it is in, else the folder itself."""
    if any(os.path.lexists(os.path.join(folder, name)) for name in (_WORKSPACE, _LOCK)):
        return folder
    workspace = enclosing_workspace(folder)
    if not workspace or _is_apart(folder, workspace):
        return folder
    return os.path.relpath(workspace)


def _is_apart(folder: str, workspace: str) -> bool:
    """Whether there is a spec in the folder that is none of the workspace's."""
    spec = os.path.realpath(os.path.join(folder, _SPEC))
    if not os.path.isfile(spec):
        return False
    from gitopsgen.core.repopath import Root
    from gitopsgen.project import Project, read_project

    project = read_project(Root(workspace))
    return isinstance(project, Project) and os.path.relpath(spec, workspace) not in [one.path for one in project.specs]


def enclosing_workspace(folder: str) -> str:
    """Return the nearest folder around `folder`, in the same git repository, that has a workspace file; empty: none."""
    here = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(here, ".git")) and os.path.dirname(here) != here:
        here = os.path.dirname(here)
        if os.path.isfile(os.path.join(here, _WORKSPACE)):
            return here
    return ""
