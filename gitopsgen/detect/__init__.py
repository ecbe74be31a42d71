"""What `gitopsgen init` finds in a repository by itself; every system's signs are data in its pack."""

from gitopsgen.detect.engine import Detection, Fact, detect
from gitopsgen.detect.git import enclosing_repository
from gitopsgen.detect.values import label

__all__ = ["Detection", "Fact", "detect", "enclosing_repository", "label"]
