"""The ``opstage`` command."""

from __future__ import annotations

import click

from opstage.cli.accounts import user
from opstage.cli.demo import demo
from opstage.cli.serve import migrate, serve
from opstage.factory import package_version

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_version(), prog_name="opstage")
def main() -> None:
    """Opstage: a live control plane for many small services.

    Settings come from the environment (docs/operations.md lists them); none has to be set.
    """


main.add_command(serve)
main.add_command(demo)
main.add_command(migrate)
main.add_command(user)
