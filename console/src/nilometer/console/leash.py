"""Runs a command that dies with whoever started it: `python leash.py PARENT_PID COMMAND…`.

The kernel's parent-death signal stays set across `exec`, so not even `kill -9` of `nilometer up` leaves a child
behind. Run as a file, without site packages: it costs a few milliseconds. Where there is no such signal (it is
Linux's), the command just runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            # The parent was gone before the signal was set.
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
