"""Write what the tools do today into docs/regeneration-peers.md: python -m tests.peers.update [TOOL...]."""

import sys

from .table import TOOLS, told, write


def main(tools: list[str]) -> int:
    """Tell the story to each tool named, to all of them without a name; 2 on a wrong name."""
    if not set(tools) <= set(TOOLS):
        sys.stderr.write(f"usage: python -m tests.peers.update [{'|'.join(TOOLS)}]...\n")
        return 2
    for tool in tools or TOOLS:
        write(tool, told(tool))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
