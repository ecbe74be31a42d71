"""gitopsgen: a compiler from one app spec to everything GitOps delivery needs."""

__version__ = "0.1.0"
