"""``python -m limnograph run app.py`` runs a program recorded; anything else is ``limno``."""

import sys


def main() -> int:
    """Run the command and return its exit code."""
    if sys.argv[1:2] == ["run"]:
        from limnograph.running.command import run

        return run(sys.argv[2:])
    from limnograph.cli import main as limno

    return limno()


if __name__ == "__main__":
    sys.exit(main())
