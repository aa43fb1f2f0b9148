"""`python -m ichdash`: see `ichdash.cli`."""

import sys

from ichdash.cli import main

if __name__ == "__main__":
    sys.exit(main())
