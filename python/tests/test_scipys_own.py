"""scipy's own tests of its filters, which come with its wheel, with this package's functions in place of scipy's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def test_all_of_them_pass(tmp_path):
    command = [sys.executable, "-m", "pytest", "-p", "scipys_tests", "-p", "no:cacheprovider"]
    command += ["--pyargs", "scipy.ndimage.tests.test_filters"]
    here = {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | here, capture_output=True, text=True, timeout=600)
    summary = done.stdout.splitlines()[-1]
    print(summary)
    assert done.returncode == 0, done.stdout[-5000:]
    passed = int(re.search(r"(\d+) passed", summary)[1])
    assert passed > 2000 and "failed" not in summary and "skipped" not in summary
    calls = dict(re.findall(r"(\w+) (\d+)", re.search(r"calls: (.*)", done.stdout)[1]))
    assert len(calls) == 6 and all(int(count) > 0 for count in calls.values())
