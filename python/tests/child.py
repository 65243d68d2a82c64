"""Code in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def child(code, **kwargs):
    """Runs code in a child process, to its end."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, timeout=300, capture_output=True, text=True, **kwargs)


def in_a_child(code):
    """What code prints that runs in a child process and must succeed."""
    done = child(code)
    assert done.returncode == 0, done.stderr
    return done.stdout
