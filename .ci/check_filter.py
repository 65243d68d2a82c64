"""Filters .npy files with the program, and compares them with sums that are formed here.

    python3 .ci/check_filter.py target/release/gausstack FOLDER

Nothing is shared with the program or with numpy: files, weights, borders and sums are written out here.
"""

import array
import ast
import math
import os
import random
import struct
import subprocess
import sys

SHAPE, SIGMA, AXES = (37, 3, 53), (3.0, 5.0), (0, 2)


def strides(fortran):
    """Elements from one pixel to the next, by axis."""
    y, i, x = SHAPE
    return (1, y, y * i) if fortran else (i * x, x, 1)


def write(path, dtype, fortran, values):
    header = repr({"descr": dtype, "fortran_order": fortran, "shape": SHAPE})
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(values.tobytes())


def read(path, code):
    with open(path, "rb") as file:
        major = file.read(8)[6]
        size = struct.unpack("<H", file.read(2)) if major == 1 else struct.unpack("<I", file.read(4))
        header = ast.literal_eval(file.read(size[0]).decode())
        values = array.array(code)
        values.frombytes(file.read())
    assert header["shape"] == SHAPE, header
    return header, values


def weights(sigma):
    radius = int(4 * sigma + 0.5)
    bell = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(-radius, radius + 1)]
    return [value / math.fsum(bell) for value in bell]


def smooth(line, bell):
    """A line, reflected at its ends, weighed by `bell`."""
    n, radius = len(line), len(bell) // 2

    def at(i):
        i %= 2 * n
        return line[i if i < n else 2 * n - 1 - i]

    padded = [at(i) for i in range(-radius, n + radius)]
    return [math.fsum(a * b for a, b in zip(bell, padded[i : i + len(bell)], strict=True)) for i in range(n)]


def reference(values, step):
    out = list(values)
    for axis, sigma in zip(AXES, SIGMA, strict=True):
        bell = weights(sigma)
        first, second = (k for k in range(3) if k != axis)
        for a in range(SHAPE[first]):
            for b in range(SHAPE[second]):
                start = a * step[first] + b * step[second]
                places = [start + k * step[axis] for k in range(SHAPE[axis])]
                for place, value in zip(places, smooth([out[p] for p in places], bell), strict=True):
                    out[place] = value
    return out


def check(program, folder, code, dtype, fortran, bound):
    values = array.array(code, (random.random() for _ in range(math.prod(SHAPE))))
    source, result = (os.path.join(folder, f"{name}-{dtype[1:]}.npy") for name in ("in", "out"))
    write(source, dtype, fortran, values)
    for arguments in ["--slice-axis", "1"], ["--axes", "0,2", "--force", "--threads", "1"]:
        command = [program, "filter", source, result, "--sigma", "3,5", *arguments]
        print("+", *command, flush=True)
        subprocess.run(command, check=True)
        header, found = read(result, code)
        assert header["descr"] == dtype, header
        expected, own = strides(fortran), strides(header["fortran_order"])
        wanted = reference(values, expected)
        worst = 0.0
        for y in range(SHAPE[0]):
            for i in range(SHAPE[1]):
                for x in range(SHAPE[2]):
                    a, b = (sum(p * q for p, q in zip(s, (y, i, x), strict=True)) for s in (expected, own))
                    worst = max(worst, abs(wanted[a] - found[b]))
        print(f"{dtype}: largest error {worst:.1e}, allowed {bound:.0e}")
        assert worst <= bound


random.seed(1)
for code, dtype, fortran, bound in ("f", "<f4", False, 4e-7), ("d", "<f8", True, 1e-14):
    check(*sys.argv[1:], code, dtype, fortran, bound)
