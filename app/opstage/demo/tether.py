"""Runs a program that cannot outlive the process that started it.

``python -m opstage.demo.tether PID PROGRAM …`` is started by the process PID. On Linux the kernel kills the
program (SIGKILL) when PID ends, however PID ends; the program keeps this process's id and streams. Other
systems have no such call, and there the program is only run.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tethered(argv: list[str]) -> list[str]:
    """The command line that runs ``argv`` tethered to the calling process."""
    return [sys.executable, "-m", "opstage.demo.tether", str(os.getpid()), *argv]


def _tie(parent: int) -> None:
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    if os.getppid() != parent:
        # It ended before the kernel was asked, so no signal would ever come.
        sys.exit(f"process {parent} has ended, so {sys.argv[2]} is not started")


def main() -> None:
    """Ties this process to its starter and becomes the program."""
    _tie(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
