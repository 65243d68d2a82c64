"""What mypy says of calls: mistakes are found, and nothing else is."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

RIGHT = """
from fractions import Fraction

import gausstack
import numpy as np
from typing import assert_type

a = np.ones((4, 5), dtype=np.float32)
gausstack.gaussian_filter(a, 3)
gausstack.gaussian_filter([[1, 2], [3, 4]], (3, 5.0), order=(0, 1), mode=["wrap", "grid-mirror"], axes=(0, -1))
gausstack.gaussian_filter(a, np.float32(3), output=np.float64, precision="double", rounding="nearest", missing="keep")
gausstack.gaussian_filter(a, np.array([1.0, 2.0]), order=np.array([0, 1]), mask=a > 0, fill=0, radius=(None, 3))
gausstack.gaussian_filter(a, Fraction(3, 2), output=a, workers=-1, cval=1j, derivatives="exact")
gausstack.gaussian_filter_stack(a, (3, 5), axis=(0, np.int64(1)))
gausstack.gaussian_laplace(a, [1, 2], mode="nearest", derivatives="exact")
gausstack.gaussian_gradient_magnitude(a, 1, axes=1)
gausstack.correlate1d(a, [1, 2, 1], axis=0, mode="mirror", mask=[[True] * 5] * 4)
gausstack.dask.convolve1d(a, [1, 2, 1])
assert_type(gausstack.radius(3), int)
assert_type(gausstack.radius((3, 5)), tuple[int, ...])
assert_type(gausstack.radius(np.array([3.0, 5.0])), tuple[int, ...])
assert_type(gausstack.__version__, str)
assert_type(gausstack.get_workers(), int)
with gausstack.set_workers(2):
    pass
"""

WRONG = """
gausstack.gaussian_filter(a, "three")
gausstack.gaussian_filter(a, 1, precision="dubble")
gausstack.gaussian_filter(a, 1, mode=17)
gausstack.gaussian_filter(a, 1, mode="edge")
gausstack.gaussian_filter(a, 1, mode=["wrap", "edge"])
gausstack.gaussian_filter(a, None)
gausstack.gaussian_filter(a, {0: 1})
gausstack.gaussian_filter(a, 1, order="1")
gausstack.gaussian_filter(a, 1, order=1.5)
gausstack.gaussian_filter(a, 1, missing="drop")
gausstack.gaussian_filter(a, 1, rounding="up")
gausstack.gaussian_filter(a, 1, derivatives="all")
gausstack.gaussian_filter(a, 1, workers="all")
gausstack.gaussian_filter(a, 1, fill="0")
gausstack.gaussian_filter(a, 1, axes="01")
gausstack.gaussian_filter1d(a, (1, 2))
gausstack.gaussian_filter_stack(a, 1, axis=None)
gausstack.gaussian_laplace(a, 1, missing="ignore")
gausstack.gaussian_laplace(a, 1, mask=a > 0)
gausstack.correlate1d(a, [1, 2], mode=["wrap"])
gausstack.dask.gaussian_filter(a, "three")
gausstack.radius("three")
gausstack.radius(3).bit_count().nothing
"""


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """The numbers of the lines that mypy has something to say of."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "calls.py").write_text(RIGHT + WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "calls.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    return {int(line): text for line, text in re.findall(r"^calls.py:(\d+): error: (.*)", done.stdout, re.MULTILINE)}


def test_right_calls_pass(errors):
    lines = RIGHT.count("\n")
    assert {line: text for line, text in errors.items() if line <= lines} == {}


@pytest.mark.parametrize("call", [line for line in WRONG.splitlines() if line])
def test_wrong_calls_do_not(errors, call):
    assert (RIGHT + WRONG).splitlines().index(call) + 1 in errors, call
