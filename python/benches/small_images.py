"""What a call costs that has little to do: this package and scipy in turn, medians of many rounds.

python python/benches/small_images.py
"""

import argparse
import statistics
import time
from typing import NamedTuple

import gausstack
import numpy as np
import scipy.ndimage


class Row(NamedTuple):
    """A call, and what it filters."""

    name: str
    shape: tuple
    dtypes: tuple
    call: object
    #: So many arrays are filtered one by one.
    count: int = 1


ROWS = (
    Row("gaussian_filter(64 x 64, 1)", (64, 64), ("f4", "f8"), lambda module, image: module.gaussian_filter(image, 1)),
    Row(
        "1000 x gaussian_filter(64 x 64, 1)",
        (64, 64),
        ("f4",),
        lambda module, image: module.gaussian_filter(image, 1),
        1000,
    ),
    Row(
        "gaussian_filter(64 x 64, (3, 5))",
        (64, 64),
        ("f4",),
        lambda module, image: module.gaussian_filter(image, (3, 5)),
    ),
    Row("gaussian_filter(8 x 8, 1)", (8, 8), ("f4",), lambda module, image: module.gaussian_filter(image, 1)),
    Row("gaussian_filter(100, 1)", (100,), ("f4", "f8"), lambda module, line: module.gaussian_filter(line, 1)),
    Row("gaussian_filter(10 000, 1)", (10_000,), ("f4", "f8"), lambda module, line: module.gaussian_filter(line, 1)),
    Row("gaussian_filter1d(100, 2)", (100,), ("f4", "f8"), lambda module, line: module.gaussian_filter1d(line, 2)),
    Row("gaussian_filter1d(1000, 2)", (1000,), ("f4",), lambda module, line: module.gaussian_filter1d(line, 2)),
    Row(
        "gaussian_filter1d(10 000, 2)", (10_000,), ("f4", "f8"), lambda module, line: module.gaussian_filter1d(line, 2)
    ),
    Row(
        "gaussian_filter1d(64 x 64, 1)",
        (64, 64),
        ("f4", "f8"),
        lambda module, image: module.gaussian_filter1d(image, 1),
    ),
    Row("gaussian_laplace(64 x 64, 1)", (64, 64), ("f4",), lambda module, image: module.gaussian_laplace(image, 1)),
    Row("correlate1d(100, 3 weights)", (100,), ("f4",), lambda module, line: module.correlate1d(line, [1, 2, 1])),
    Row(
        "correlate1d(64 x 64, 3 weights)",
        (64, 64),
        ("f4", "f8"),
        lambda module, image: module.correlate1d(image, [1, 2, 1]),
    ),
)


def microseconds(call, images, module, repeats):
    """The mean of some calls, for one image. As a loop of the caller's: all results of a pass over the images are there."""
    begun = time.perf_counter()
    for _ in range(repeats):
        _results = [call(module, image) for image in images]
    return (time.perf_counter() - begun) / (repeats * len(images)) * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--repeats", type=int, default=50, help="calls in a round")
    arguments = parser.parse_args()
    print(
        f"us of one call on 1 thread: medians of {arguments.rounds} rounds, and the fastest; medians of the rounds' ratios"
    )
    print(f"{'':42s} {'scipy':>15s} {'gausstack':>15s} {'ratio':>6s}")
    for row in ROWS:
        for dtype in row.dtypes:
            images = list(np.random.default_rng(1).random((row.count, *row.shape)).astype(dtype))
            repeats = max(1, arguments.repeats // row.count)
            rounds = [
                [microseconds(row.call, images, module, repeats) for module in (scipy.ndimage, gausstack)]
                for _ in range(arguments.rounds)
            ]
            theirs, ours = (
                f"{statistics.median(column):.1f} ({min(column):.1f})" for column in zip(*rounds, strict=True)
            )
            ratio = statistics.median(b / a for a, b in rounds)
            print(f"{row.name + ' ' + dtype:42s} {theirs:>15s} {ours:>15s} {ratio:6.2f}", flush=True)


if __name__ == "__main__":
    main()
