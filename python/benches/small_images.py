"""What a call costs that has little to do: this package and scipy in turn, medians of many rounds.

python python/benches/small_images.py
"""

import argparse
import statistics
import time

import gausstack
import numpy as np
import scipy.ndimage

CALLS = (
    ("gaussian_filter(64 x 64, 1)", (64, 64), lambda module, image: module.gaussian_filter(image, 1)),
    ("gaussian_filter(64 x 64, (3, 5))", (64, 64), lambda module, image: module.gaussian_filter(image, (3, 5))),
    ("gaussian_filter(8 x 8, 1)", (8, 8), lambda module, image: module.gaussian_filter(image, 1)),
    ("gaussian_filter1d(1000, 2)", (1000,), lambda module, image: module.gaussian_filter1d(image, 2)),
    ("gaussian_laplace(64 x 64, 1)", (64, 64), lambda module, image: module.gaussian_laplace(image, 1)),
    ("correlate1d(64 x 64, 3 weights)", (64, 64), lambda module, image: module.correlate1d(image, [1, 2, 1])),
)


def microseconds(call, image, module, repeats):
    """The mean of some calls."""
    begun = time.perf_counter()
    for _ in range(repeats):
        call(module, image)
    return (time.perf_counter() - begun) / repeats * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--repeats", type=int, default=50, help="calls in a round")
    arguments = parser.parse_args()
    print(
        f"{'float32, 1 thread':34s} {'scipy':>9s} {'gausstack':>9s}  in us; their ratio, median of {arguments.rounds} rounds"
    )
    for name, shape, call in CALLS:
        image = np.random.default_rng(1).random(shape, dtype=np.float32)
        rounds = [
            [microseconds(call, image, module, arguments.repeats) for module in (scipy.ndimage, gausstack)]
            for _ in range(arguments.rounds)
        ]
        theirs, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(b / a for a, b in rounds)
        print(f"{name:34s} {theirs:9.1f} {ours:9.1f} {ratio:6.2f}")


if __name__ == "__main__":
    main()
