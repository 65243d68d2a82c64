#!/usr/bin/env python3
"""Writes the goldens of tests/goldens.rs with scipy itself.

    python3 -m venv /tmp/venv-goldens
    /tmp/venv-goldens/bin/pip install numpy==2.4.6 scipy==1.17.1
    /tmp/venv-goldens/bin/python tests/goldens/make_goldens.py

values.npy holds all numbers, one float64 vector; float32 numbers are exact in it. cases.txt has one
line per case: `key=value` pairs, per-axis values with commas, and offsets into values.npy for the
input (x), scipy's result (y) and scipy's correlation weights of every filtered axis
(weights=offset:length, `-` for an axis that scipy leaves alone).

The weights are stored because numpy's exp has other last bits on other CPUs: with them the results
are the same on every machine.
"""

import itertools
import pathlib
import sys

import numpy as np
import scipy
from scipy.ndimage import _filters, gaussian_filter

VERSIONS = {"numpy": "2.4.6", "scipy": "1.17.1"}
MODES = ["reflect", "mirror", "nearest", "wrap", "constant"]
FLOATS = [("f8", "f8"), ("f4", "f4"), ("f4", "f8"), ("f8", "f4")]
HERE = pathlib.Path(__file__).parent

rng = np.random.default_rng(20261001)
lines = []
values = []
offsets = {}
count = 0


def store(array):
    """Offset of the array's numbers in values.npy; equal arrays are stored once."""
    global count
    flat = np.ascontiguousarray(array, dtype=np.float64).ravel()
    key = flat.tobytes()
    if key not in offsets:
        offsets[key] = count
        values.append(flat)
        count += flat.size
    return offsets[key]


def sample(shape, distribution):
    if distribution == "normal":
        return rng.standard_normal(shape)
    low = 0.9 if distribution == "high" else 0.0
    return rng.uniform(low, 1.0, shape)


def each(value, n):
    return list(value) if isinstance(value, (list, tuple)) else [value] * n


def weights(sigma, order, radius, truncate):
    """What gaussian_filter1d hands to correlate1d."""
    if radius is None:
        radius = int(truncate * float(sigma) + 0.5)
    return _filters._gaussian_kernel1d(sigma, order, radius)[::-1]


def case(group, x, sigma, order=0, mode="reflect", cval=0.0, truncate=4.0, radius=None, axes=None,
         floats=FLOATS[:1]):
    """Runs scipy and notes the case, once per pair of input and output type."""
    axes = list(range(x.ndim)) if axes is None else list(axes)
    n = len(axes)
    sigma, order, mode, radius = (each(v, n) for v in (sigma, order, mode, radius))
    taps = [weights(s, o, r, truncate) if s > 1e-15 else None
            for s, o, r in zip(sigma, order, radius)]
    for source, target in floats:
        given = x.astype(source)
        result = np.empty(x.shape, target)
        gaussian_filter(given, sigma, order, result, mode, cval, truncate, radius=radius,
                        axes=tuple(axes))
        fields = {
            "group": group,
            "in": source,
            "out": target,
            "shape": ",".join(map(str, x.shape)),
            "axes": ",".join(map(str, axes)),
            "sigma": ",".join(repr(float(s)) for s in sigma),
            "order": ",".join(map(str, order)),
            "mode": ",".join(mode),
            "radius": ",".join("-" if r is None else str(r) for r in radius),
            "truncate": repr(float(truncate)),
            "cval": repr(float(cval)),
            "weights": ",".join("-" if w is None else f"{store(w)}:{w.size}" for w in taps),
            "x": str(store(given)),
            "y": str(store(result)),
        }
        lines.append(" ".join(f"{key}={value}" for key, value in fields.items()))


def make():
    distributions = itertools.cycle(["uniform", "high", "normal"])
    for n in [1, 2, 3, 7, 64]:
        x = sample(n, next(distributions))
        for mode, order in itertools.product(MODES, range(4)):
            case("line", x, 1.5, order, mode, cval=0.625, floats=FLOATS)
    # Sigma n, so that the weights at distance 3n still count.
    for n in range(1, 6):
        x = sample(n, next(distributions))
        for mode, order in itertools.product(MODES, range(4)):
            case("border", x, float(n), order, mode, cval=-1.25, radius=3 * n, floats=FLOATS)
    x = sample((7, 9), "normal")
    for first, second in itertools.product(MODES, MODES):
        for order in ([0, 0], [1, 2], [3, 0]):
            case("modes", x, [1.2, 2.0], order, [first, second], cval=1.5, floats=FLOATS)
    x = sample((4, 5, 6), "uniform")
    for axes in [*itertools.permutations(range(3)), (-1,), (1,), (-2, 0), (2, 0), (-1, -3), ()]:
        n = len(axes)
        case("axes", x, [0.8, 1.7, 1.1][:n], [0, 1, 2][:n], ["wrap", "mirror", "constant"][:n],
             cval=0.3, axes=axes, floats=FLOATS)
        case("axes", x, [0.8, 1.7, 1.1][:n], axes=axes, floats=FLOATS)
    # Sigmas up to 1e-15 leave their axis alone, whatever its order.
    case("identity", x, [0.0, 1.3, 1e-15], [1, 0, 2], floats=FLOATS)
    case("identity", x, 0.0, 1, floats=FLOATS)
    # The radius is rounded half up; radius 0 keeps derivatives' centres.
    x = sample(29, "normal")
    for sigma in [1e-3, 0.124, 0.125, 0.37, 0.375, 0.6, 1.12, 1.125, 2.5, 7.3]:
        case("radius", x, sigma, floats=FLOATS[:2])
    for truncate in [0.0, 0.4, 1.5, 6.0]:
        case("radius", x, 1.7, truncate=truncate, floats=FLOATS[:2])
    for order in range(4):
        case("radius", x, 1.3, order, radius=0, floats=FLOATS[:2])
        case("radius", x, 1.3, order, radius=1, floats=FLOATS[:2])
        case("radius", x, 0.4, order, radius=5, floats=FLOATS[:2])
    for distribution in ["uniform", "high", "normal"]:
        x = sample((37, 50), distribution)
        case("image", x, [3.0, 5.0], floats=FLOATS)
        case("image", x, [3.0, 5.0], mode=["mirror", "wrap"], floats=FLOATS[:2])
        case("image", x, [3.0, 5.0], mode=["constant", "nearest"], cval=0.1, floats=FLOATS[:2])
    # Every position of a NaN or an infinity in a short line, and two infinities that meet.
    for order, mode in itertools.product(range(3), MODES):
        for bad in [np.nan, np.inf, -np.inf]:
            x = sample(11, "normal")
            x[int(rng.integers(11))] = bad
            case("nonfinite", x, 0.9, order, mode, floats=FLOATS[:2])
        x = sample(17, "uniform")
        x[[3, 9]] = np.inf, -np.inf
        case("nonfinite", x, 1.2, order, mode, floats=FLOATS[:2])
    for cval in [np.nan, np.inf, -np.inf]:
        x = sample((9, 12), "normal")
        case("nonfinite", x, [0.7, 1.1], mode="constant", cval=cval, floats=FLOATS[:2])
        case("nonfinite", x, [0.7, 1.1], mode=["constant", "wrap"], cval=cval, floats=FLOATS[:2])


def main():
    found = {"numpy": np.__version__, "scipy": scipy.__version__}
    if found != VERSIONS:
        sys.exit(f"the goldens are pinned to {VERSIONS}, found {found}")
    make()
    np.save(HERE / "values.npy", np.concatenate(values))
    head = "# " + ", ".join(f"{name} {version}" for name, version in found.items())
    head += "; written by make_goldens.py, which explains the format\n"
    (HERE / "cases.txt").write_text(head + "\n".join(lines) + "\n")
    print(f"{len(lines)} cases, {count} numbers")


if __name__ == "__main__":
    main()
