"""What can be told of the process without asking anybody else."""

from __future__ import annotations

import os
import platform
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
"""As consoles and scripts know them."""

_STATUS = Path("/proc/self/status")


class Memory(msgspec.Struct, rename="camel", kw_only=True):
    """Bytes, under the names of another runtime.

    ``heapTotal`` is the data segment, ``heapUsed`` the anonymous memory that is resident, both 0 where the
    system does not tell; ``external`` and ``arrayBuffers`` have no counterpart.
    """

    rss: int
    heap_total: int
    heap_used: int
    external: int = 0
    array_buffers: int = 0


def memory() -> Memory:
    """What the process takes now; where the system does not tell, the most it ever took."""
    told = _told()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Memory(
        rss=told.get("VmRSS", most), heap_total=told.get("VmData", 0), heap_used=told.get("RssAnon", 0)
    )


def _told() -> dict[str, int]:
    """Lines such as ``VmRSS:  1234 kB``, in bytes; nothing on systems without them."""
    told: dict[str, int] = {}
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                told[name] = int(value.removesuffix(" kB")) * 1024
    return told


def process() -> dict[str, Any]:
    """Fields of the diagnostics that do not change while the process lives."""
    version = platform.python_version()
    machine = platform.machine()
    return {
        "node": f"v{version}",
        "runtime": "python",
        "python": version,
        "platform": sys.platform,
        "arch": ARCHITECTURES.get(machine.lower(), machine),
        "pid": os.getpid(),
    }
