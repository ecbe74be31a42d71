"""What `gitopsgen init` finds in a repository by itself; every system's signs are data in its pack."""

from gitopsgen.detect.engine import KINDS, SAID, detect, finds
from gitopsgen.detect.git import enclosing_repository
from gitopsgen.detect.services import Service
from gitopsgen.detect.settle import Ask, Candidate, Detection, Fact
from gitopsgen.detect.values import label

__all__ = [
    "KINDS",
    "SAID",
    "Ask",
    "Candidate",
    "Detection",
    "Fact",
    "Service",
    "detect",
    "enclosing_repository",
    "finds",
    "label",
]
