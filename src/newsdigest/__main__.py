"""The door from the shell: `newsdigest` and `python -m newsdigest`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; never returns."""
    from newsdigest.cli import run

    run()


if __name__ == "__main__":
    main()
