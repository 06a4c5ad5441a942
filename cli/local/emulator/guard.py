"""Runs the emulator, and ends with whoever started it.

The starter holds the other end of standard input. When that end closes, however the starter died, every process of
this group is ended and the run's folder removed. Started in a session of its own, so that Ctrl-C reaches the starter only.

Usage: guard.py <folder to remove> <module> [argument ...]
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

GRACE_SECONDS = 3.0


def main() -> int:
    folder, module, *arguments = sys.argv[1:]
    # The end of the group must not take the guard with it before it has cleaned up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    emulator = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        preexec_fn=restore_signals,
    )

    def wait_for_starter() -> None:
        # Returns nothing but the end: the starter never writes.
        os.read(0, 1)
        end(emulator)

    threading.Thread(target=wait_for_starter, daemon=True).start()
    status = emulator.wait()
    end(emulator)
    shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status


def restore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def end(emulator: "subprocess.Popen[bytes]") -> None:
    """Asks the whole group to end, then insists on each of the emulator's descendants."""
    os.killpg(os.getpgrp(), signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and (emulator.poll() is None or others()):
        time.sleep(0.02)
    for pid in others():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def others() -> "list[int]":
    """Processes of this group but this one; `ps` is on every POSIX system, /proc is not."""
    group = os.getpgrp()
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid=,stat="],
        capture_output=True,
        text=True,
        check=False,
        # Not of the group that it lists.
        start_new_session=True,
    )
    found = []
    for line in listed.stdout.splitlines():
        pid, pgid, stat = (line.split() + ["", "", ""])[:3]
        if pgid == str(group) and pid != str(os.getpid()) and not stat.startswith("Z"):
            found.append(int(pid))
    return found


if __name__ == "__main__":
    sys.exit(main())
