"""What the checks of file formats share: how the program is run on their files, and what arrays they hold.

Its users are called with the program and a folder, in which each has one of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy

program, folder = sys.argv[1], os.path.join(sys.argv[2], Path(sys.argv[0]).stem)
os.makedirs(folder)
SHAPE = (23, 9, 31)
OPTIONS = ["--sigma", "1,1.5", "--slice-axis", "1", "--threads", "1"]
TYPES = ["f4", "f8", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]
# Of elements, the same in each run.
random = numpy.random.default_rng(1)


def path(name):
    """A file in the folder of this check."""
    return os.path.join(folder, name)


def run(source, result, *more):
    """The program's standard error, None if it succeeded."""
    command = [program, "filter", path(source), path(result), *OPTIONS, *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), (command, done)
    return None if done.returncode == 0 else done.stderr


def check(source, result, *more):
    """Filters a file, which must succeed."""
    said = run(source, result, *more)
    assert said is None, said


def array(dtype):
    """Any elements of a type."""
    if dtype == "?":
        return random.random(SHAPE) < 0.5
    if dtype[-2] == "f":
        return random.standard_normal(SHAPE).astype(dtype)
    limits = numpy.iinfo(dtype)
    # With runs of equal values, so that codecs find something.
    values = random.integers(limits.min, limits.max, SHAPE, dtype=numpy.dtype(dtype).newbyteorder("=")).astype(dtype)
    values[3:9] = values[3, 4, 5]
    return values


def same(found, expected):
    """Asserts equal bits, in whatever byte order they are."""
    assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("="), (found.dtype, expected.dtype)
    assert found.astype(expected.dtype).tobytes() == expected.tobytes()
