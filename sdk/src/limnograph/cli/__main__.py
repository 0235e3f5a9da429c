"""``python -m limnograph.cli``: the command without an installed script."""

import sys

from limnograph.cli import main

if __name__ == "__main__":
    sys.exit(main())
