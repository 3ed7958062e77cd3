"""What the numbers were measured on. Nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

import msgspec

LIBRARIES = ("quart", "hypercorn", "wsproto", "tortoise-orm", "aiosqlite", "msgspec", "websockets")


class Machine(msgspec.Struct):
    """Cores, memory, versions, and how busy it was before."""

    cores: int
    processor: str
    memory_gib: float
    system: str
    python: str
    sqlite: str
    libraries: dict[str, str]
    commit: str
    load: float

    @property
    def line(self) -> str:
        """In words."""
        libraries = ", ".join(f"{name} {number}" for name, number in self.libraries.items())
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_gib:.0f} GiB, {self.system}, "
            f"Python {self.python}, SQLite {self.sqlite}, {libraries}; commit {self.commit}; "
            f"load average before the run {self.load:.2f}"
        )


def this_machine() -> Machine:
    """The one that runs this."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_processor(),
        memory_gib=round(memory, 1),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        libraries={name: version(name) for name in LIBRARIES},
        commit=_commit(),
        load=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"
