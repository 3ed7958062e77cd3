"""Completion of service codes and action names, asked of the server; silent when it does not answer."""

from __future__ import annotations

import click
import httpx
from click.shell_completion import CompletionItem, get_completion_class

from opstage.cli.profile import read_profile

QUICK_SECONDS = 2.0
SERVICES = "/api/admin/capsule-services"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a SHELL.

    \b
    bash:  opstage completion bash > ~/.local/share/bash-completion/completions/opstage
    zsh:   opstage completion zsh > "${fpath[1]}/_opstage"
    fish:  opstage completion fish > ~/.config/fish/completions/opstage.fish
    """
    root = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(root, {}, "opstage", "_OPSTAGE_COMPLETE").source())


def complete_service(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Codes of services that begin so."""
    rows = _asked(SERVICES, {"q": begun, "sort": "code", "pageSize": "50"} if begun else {"sort": "code"})
    return [CompletionItem(row["code"], help=row["status"]) for row in rows if row["code"].startswith(begun)]


def complete_action(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of the actions of the service that was already given."""
    code = context.params.get("service")
    services = [row for row in _asked(SERVICES, {"q": str(code)}) if row["code"] == code]
    actions = _asked(f"{SERVICES}/{services[0]['id']}/actions", {}) if services else []
    return [
        CompletionItem(row["name"], help=row["label"]) for row in actions if row["name"].startswith(begun)
    ]


def _asked(path: str, query: dict[str, str]) -> list[dict[str, str]]:
    try:
        profile = read_profile()
        headers = {"Authorization": f"Bearer {profile.key}"}
        answer = httpx.get(profile.url + path, params=query, headers=headers, timeout=QUICK_SECONDS).json()
        found: list[dict[str, str]] = answer["data"]
    except (click.ClickException, httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        return []
    return found
