"""What `gitopsgen init` finds in a repository by itself; every system's signs are data in its pack."""

from gitopsgen.detect.engine import Detection, Fact, detect

__all__ = ["Detection", "Fact", "detect"]
