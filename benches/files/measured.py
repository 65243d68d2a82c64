"""Seconds and memory of a command.

    python measured.py COMMAND ..

prints both. A process of its own, and a small one: a child's largest memory is counted from the fork on, so that it
is never less than its parent's.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time


def measure(command: list[str]) -> tuple[float, int]:
    """Runs a command; its seconds, and its largest memory in KiB."""
    done = subprocess.run([sys.executable, __file__, *command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    seconds, kibibytes = done.stdout.split()[-2:]
    return float(seconds), int(kibibytes)


if __name__ == "__main__":
    begin = time.perf_counter()
    status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False).returncode
    took = time.perf_counter() - begin
    print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    sys.exit(status)
