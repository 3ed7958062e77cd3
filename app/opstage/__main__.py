"""``opstage`` and ``python -m opstage``."""

from opstage.cli import main

if __name__ == "__main__":
    main(prog_name="opstage")
