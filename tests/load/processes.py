"""What a process has used so far, from ``/proc`` (Linux)."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """CPU seconds of a process with all its threads, of its first thread alone, and the time."""

    cpu: float
    loop: float
    at: float

    def since(self, before: Usage) -> Usage:
        """What was used between the two; ``at`` is the seconds between them."""
        return Usage(self.cpu - before.cpu, self.loop - before.loop, self.at - before.at)

    @property
    def share(self) -> float:
        """Percent of one core, of a difference."""
        return 100 * self.cpu / self.at


def usage(pid: int) -> Usage:
    """Now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    loop = int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9
    return Usage((int(fields[11]) + int(fields[12])) / TICKS, loop, time.monotonic())


def memory_kib(pid: int) -> int:
    """Proportional set size, which unlike the resident one counts nothing twice."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise LookupError(f"expected a line Pss: in /proc/{pid}/smaps_rollup")
