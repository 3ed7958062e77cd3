"""The ``opstage`` command. A subcommand is imported when it is called, so that none waits for the others."""

from __future__ import annotations

from importlib import import_module

import click

from opstage.version import package_version

__all__ = ["main"]

SECTIONS: dict[str, dict[str, str]] = {
    "From anywhere, with an API key": {
        "login": "login:login",
        "logout": "login:logout",
        "watch": "watching:watch",
        "agents": "inventory:agents",
        "services": "inventory:services",
        "run": "running:run",
        "runs": "runs:runs",
        "commands": "running:commands",
        "cancel": "running:cancel",
        "retry": "running:retry",
        "token": "enrolling:token",
        "audit": "audit:audit",
        "completion": "completing:completion",
    },
    "On the server's machine": {
        "serve": "serve:serve",
        "demo": "demo:demo",
        "migrate": "serve:migrate",
        "backup": "backups:backup",
        "restore": "backups:restore",
        "user": "accounts:user",
    },
}
"""Module and attribute below this package."""
_WHERE = {name: where for section in SECTIONS.values() for name, where in section.items()}


class Sections(click.Group):
    """A group whose commands are loaded late and listed by where they are of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help."""
        return list(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None if there is none of this name."""
        where = _WHERE.get(cmd_name)
        if where is None:
            return None
        module, _, attribute = where.partition(":")
        found: click.Command = getattr(import_module(f"opstage.cli.{module}"), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One list per section."""
        width = formatter.width - 6 - max(map(len, _WHERE))
        for title, section in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in section]
            with formatter.section(title):
                formatter.write_dl(
                    [(name, each.get_short_help_str(width)) for name, each in commands if each]
                )


@click.command(cls=Sections, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_version(), prog_name="opstage")
def main() -> None:
    """Opstage: a live control plane for many small services.

    The server's settings come from the environment (docs/operations.md lists them); none has to be set. What
    works from anywhere needs `opstage login` once.
    """
