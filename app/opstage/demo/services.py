"""The services of the demo fleet by name, and how one of them is run."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from opstage.demo.home import AlreadyRunning, Home, end_with_starter

_log = logging.getLogger(__name__)

DEFAULT_URL = "http://127.0.0.1:8080"


class _Module(Protocol):
    """What the module of a service offers."""

    def run(self, home: Home) -> None:
        """Runs the service until SIGTERM or SIGINT."""


@dataclass(frozen=True)
class Service:
    """One service of the fleet; ``summary`` says in a line what it does."""

    title: str
    summary: str
    module: str

    def run(self, home: Home) -> None:
        """Runs it in this process until SIGTERM or SIGINT."""
        # Loaded late: who only asks for names and summaries does not pay for five services.
        cast(_Module, importlib.import_module(f"opstage.demo.{self.module}")).run(home)


SERVICES: dict[str, Service] = {
    "link-checker": Service(
        "Link checker", "crawls a local site of the Python library and finds its dead links", "link_checker"
    ),
    "file-worker": Service(
        "File worker", "takes files from a spool, checksums and compresses them", "file_worker"
    ),
    "account-pool": Service(
        "Account pool", "keeps six accounts logged in at a login server; sessions expire", "account_pool"
    ),
    "mailbox-poller": Service(
        "Mailbox poller", "empties a maildir and puts damaged mail in quarantine", "mailbox_poller"
    ),
    "doc-indexer": Service(
        "Documentation indexer", "keeps a full-text index of the library; a program of threads", "doc_indexer"
    ),
}


def folder_of(data_dir: Path, name: str) -> Path:
    """Where a service keeps everything it has."""
    return data_dir / "demo" / name


def run_service(name: str, *, url: str, data_dir: Path, registration_token: str | None = None) -> None:
    """Runs one service in this process until SIGTERM or SIGINT; then returns within 3 s.

    The registration token is needed when the service has not enrolled yet. Raises LookupError for an
    unknown name and AlreadyRunning when another process runs the same service from the same folder.
    """
    if name not in SERVICES:
        raise LookupError(f"no demo service {name!r}; there are {', '.join(SERVICES)}")
    home = Home(name, folder_of(data_dir, name).absolute(), url, registration_token)
    with home.claimed():
        if registration_token is not None:
            # Who brings a new token is to enrol anew: an older identity belongs to another database.
            home.token_file.unlink(missing_ok=True)
        _log_to_stderr()
        end_with_starter()
        _log.info("%s runs as process %d", name, os.getpid())
        SERVICES[name].run(home)
        _log.info("%s has stopped", name)


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
    # One line per request would be most of the log.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def main(argv: list[str] | None = None) -> int:
    """The command line: ``python -m opstage.demo.services NAME --url URL --data-dir FOLDER``."""
    parser = argparse.ArgumentParser(prog="opstage.demo.services", description="Run one demo service.")
    parser.add_argument("name", choices=list(SERVICES))
    parser.add_argument("--url", default=DEFAULT_URL, help="address of the server")
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="data folder of the server")
    asked = parser.parse_args(argv)
    # Never on the command line, where every user of the machine could read it.
    token = os.environ.pop("OPSTAGE_REGISTRATION_TOKEN", None)
    try:
        run_service(asked.name, url=asked.url, data_dir=asked.data_dir, registration_token=token)
    except AlreadyRunning as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
