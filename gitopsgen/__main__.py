"""`python -m gitopsgen`."""

import sys

from gitopsgen.entry import main

if __name__ == "__main__":
    sys.exit(main())
