"""Command: text that is code, so that nobody escapes it by mistake."""


class Command(str):
    """A shell command of the spec's author: code in a shell or a Dockerfile, a plain text anywhere else."""

    __slots__ = ()
