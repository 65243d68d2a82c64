"""The tutorial's loop over slices, and one call: times of both from one run, and how far the results are apart.

pip install ./python scipy joblib
python python/examples/tutorial.py
python python/examples/tutorial.py --shape 300 4 500          # a small one
"""

import argparse
import os
import statistics
import time

import gausstack
import numpy as np
import scipy.ndimage as ndi
from joblib import Parallel, delayed


def sequential(data, sigma):
    """scipy, slice after slice."""
    return np.moveaxis(np.asarray([ndi.gaussian_filter(data[:, i, :], sigma, 0) for i in range(data.shape[1])]), 0, 1)


def joblib_threads(data, sigma, threads):
    """The tutorial, with what it leaves to its reader: the list is stacked, and its axis moved back."""
    smooth = Parallel(n_jobs=threads, prefer="threads")(
        delayed(ndi.gaussian_filter)(data[:, i, :], sigma, 0) for i in range(data.shape[1])
    )
    return np.moveaxis(np.asarray(smooth), 0, 1)


def largest_difference(a, b):
    """Slice by slice, so that it takes no array of the stack's size."""
    return max(float(np.abs(a[:, i] - b[:, i]).max()) for i in range(a.shape[1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", type=int, nargs=3, default=(3000, 16, 5000), metavar=("HEIGHT", "SLICES", "WIDTH"))
    parser.add_argument("--sigma", type=float, nargs=2, default=(3, 5), metavar=("DOWN", "ACROSS"))
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which medians are taken")
    arguments = parser.parse_args()
    height, slices, width = arguments.shape
    sigma = tuple(arguments.sigma)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    # As the tutorial has it: images that are each contiguous, seen along the middle axis.
    block = np.random.default_rng(1).random((slices, height, width), dtype=np.float32)
    data = np.moveaxis(block, 0, 1)

    runs = {
        "scipy, one slice after the other": lambda: sequential(data, sigma),
        f"joblib + scipy, {cores} threads": lambda: joblib_threads(data, sigma, cores),
        "gausstack, 1 thread": lambda: gausstack.gaussian_filter_stack(data, sigma, axis=1, workers=1),
        f"gausstack, {cores} threads": lambda: gausstack.gaussian_filter_stack(data, sigma, axis=1),
    }
    seconds = {name: [] for name in runs}
    reference = None
    difference = 0.0
    for _ in range(arguments.rounds):
        # In turn, so that a busy minute meets all of them.
        for name, run in runs.items():
            begun = time.perf_counter()
            result = run()
            seconds[name].append(time.perf_counter() - begun)
            if reference is None:
                reference = result
            elif name.startswith("gausstack"):
                difference = max(difference, largest_difference(result, reference))
            del result

    first = statistics.median(seconds["scipy, one slice after the other"])
    print(f"{height} x {slices} x {width} float32, sigma {sigma}, median of {arguments.rounds} rounds")
    for name, times in seconds.items():
        median = statistics.median(times)
        print(f"  {name:34s} {1e3 * median:9.1f} ms {data.size / median / 1e6:8.0f} Mpixel/s {first / median:7.1f} x")
    # Two axes, and scipy's own rounding to float32 after each.
    allowed = 2 * (2e-7 + 6e-8)
    print(f"largest difference from scipy: {difference:.2e} of data up to 1 (allowed {allowed:.2e})")
    if difference > allowed:
        raise SystemExit("the results differ")


if __name__ == "__main__":
    main()
