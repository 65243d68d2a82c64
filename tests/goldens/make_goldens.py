#!/usr/bin/env python3
"""Writes the goldens of tests/numbers/goldens.rs with scipy itself.

    python3 -m venv /tmp/venv-goldens
    /tmp/venv-goldens/bin/pip install numpy==2.4.6 scipy==1.17.1
    /tmp/venv-goldens/bin/python tests/goldens/make_goldens.py

values.npy holds all numbers, one float64 vector; float32 numbers are exact in it. integers.npy holds those of
integer arrays, one int64 vector; of uint64 it has the bits, of bool 0 and 1. cases.txt has one
line per case: `key=value` pairs, per-axis values with commas, and offsets into values.npy, or behind an
`i` into integers.npy, for the input (x), scipy's result (y) and scipy's correlation weights of every filtered
axis (weights=offset:length, `-` for an axis that scipy leaves alone). With `origin` the weights were handed to
correlate1d, with `convolve=1` to convolve1d. With `filter` it is a call of gaussian_gradient_magnitude or
gaussian_laplace, whose weights are not stored.

The weights are stored because numpy's exp has other last bits on other CPUs: with them the results
are the same on every machine.
"""

import itertools
import pathlib
import sys

import numpy as np
import scipy
from scipy.ndimage import (_filters, convolve1d, correlate1d, gaussian_filter, gaussian_gradient_magnitude,
                           gaussian_laplace)

VERSIONS = {"numpy": "2.4.6", "scipy": "1.17.1"}
MODES = ["reflect", "mirror", "nearest", "wrap", "constant"]
FLOATS = [("f8", "f8"), ("f4", "f4"), ("f4", "f8"), ("f8", "f4")]
INTEGERS = ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]
MIXED = [("u1", "f4"), ("u2", "f4"), ("i2", "f8"), ("u4", "f4"), ("i8", "f8"), ("b1", "f4"),
         ("f4", "u1"), ("f8", "i2"), ("f8", "u4"), ("f4", "i4"), ("f8", "u8"), ("f8", "i8"), ("f4", "b1"),
         ("u1", "u2"), ("u2", "u1"), ("i4", "u1"), ("i2", "u8"), ("b1", "u1"), ("u1", "b1"), ("i8", "i2")]
HERE = pathlib.Path(__file__).parent

rng = np.random.default_rng(20261001)
lines = []


class Numbers:
    """Vectors that become one file."""

    def __init__(self):
        self.vectors, self.offsets, self.count = [], {}, 0

    def store(self, flat):
        """Offset of a vector; equal ones are stored once."""
        key = flat.tobytes()
        if key not in self.offsets:
            self.offsets[key] = self.count
            self.vectors.append(flat)
            self.count += flat.size
        return self.offsets[key]

    def save(self, name):
        np.save(HERE / name, np.concatenate(self.vectors))


values, integers = Numbers(), Numbers()


def store(array):
    """Where the array's numbers are."""
    flat = np.ascontiguousarray(array).ravel()
    if flat.dtype.kind == "f":
        return str(values.store(flat.astype("f8")))
    if flat.dtype.kind == "b":
        # scipy leaves bytes of any value.
        flat = flat.view("u1") != 0
    return f"i{integers.store(flat.view('i8') if flat.dtype == 'u8' else flat.astype('i8'))}"


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
            "x": store(given),
            "y": store(result),
        }
        lines.append(" ".join(f"{key}={value}" for key, value in fields.items()))


def lists(group, x, weights, mode="reflect", origin=0, cval=0.0, axes=None, convolve=False, floats=FLOATS[:1]):
    """Runs correlate1d or convolve1d along one axis after the other, and notes the case."""
    axes = list(range(x.ndim)) if axes is None else list(axes)
    mode, origin = each(mode, len(axes)), each(origin, len(axes))
    for source, target in floats:
        given = x.astype(source)
        result, before = np.empty(x.shape, target), given
        for axis, w, m, o in zip(axes, weights, mode, origin):
            (convolve1d if convolve else correlate1d)(before, w, axis, result, m, cval, o)
            before = result
        fields = {
            "group": group,
            "in": source,
            "out": target,
            "shape": ",".join(map(str, x.shape)),
            "axes": ",".join(map(str, axes)),
            "mode": ",".join(mode),
            "cval": repr(float(cval)),
            "weights": ",".join(f"{store(np.asarray(w, 'f8'))}:{len(w)}" for w in weights),
            "origin": ",".join(map(str, origin)),
            "convolve": str(int(convolve)),
            "x": store(given),
            "y": store(result),
        }
        lines.append(" ".join(f"{key}={value}" for key, value in fields.items()))


def derived(x, sigma, mode="reflect", cval=0.0, truncate=4.0, axes=None, floats=FLOATS[:1]):
    """Runs the filters that combine derivatives, and notes the cases."""
    axes = list(range(x.ndim)) if axes is None else list(axes)
    for function in [gaussian_gradient_magnitude, gaussian_laplace]:
        for source, target in floats:
            given = x.astype(source)
            result = np.empty(x.shape, target)
            if function is gaussian_laplace:
                function(given, sigma, result, mode, cval, axes=tuple(axes), truncate=truncate)
            else:
                # With axes scipy smooths along the others too: slice by slice it does what it says.
                loops = [range(n) if axis not in axes else [slice(None)] for axis, n in enumerate(x.shape)]
                ascending = [s for _, s in sorted(zip(axes, each(sigma, len(axes))))]
                for place in itertools.product(*loops):
                    out = np.empty(given[place].shape, target)
                    result[place] = function(given[place], ascending, out, mode, cval, truncate=truncate)
            n = len(axes)
            fields = {
                "group": "derived",
                "filter": function.__name__,
                "in": source,
                "out": target,
                "shape": ",".join(map(str, x.shape)),
                "axes": ",".join(map(str, axes)),
                "sigma": ",".join(repr(float(s)) for s in each(sigma, n)),
                "mode": ",".join(each(mode, n)),
                "truncate": repr(float(truncate)),
                "cval": repr(float(cval)),
                "x": store(given),
                "y": store(result),
            }
            lines.append(" ".join(f"{key}={value}" for key, value in fields.items()))


def make_derived():
    for mode in MODES:
        derived(sample(23, "normal"), 1.3, mode, 0.7, floats=FLOATS)
        derived(sample((13, 37), "normal"), [1.2, 2.0], mode, -0.4, floats=FLOATS)
        derived(sample((6, 7, 9), "uniform"), [0.8, 1.7, 1.1], mode, 0.3, floats=FLOATS)
        derived(sample((6, 17, 9), "normal"), [1.4, 0.9], mode, 0.3, axes=(0, 2), floats=FLOATS)
        derived(sample((6, 17, 9), "normal"), [1.4, 0.9], mode, 0.3, axes=(2, 1), floats=FLOATS)
        derived(sample((6, 17, 9), "normal"), 1.1, mode, 0.3, axes=(1,), floats=FLOATS)
    derived(sample((40, 50), "high"), 3.0, truncate=2.5, floats=FLOATS)
    for dtype in INTEGERS:
        # Beyond 64 bits squares wrap round, of uint64 all negative slopes: a last bit of a weight changes all of theirs.
        few = lambda shape: whole(shape, dtype, "noise") // (1 << 40 if dtype in ["u8", "i8"] else 1)
        for source, target in [(dtype, dtype), (dtype, "f4"), (dtype, "f8")]:
            if target == "u8":
                continue
            derived(few((11, 19)), [1.2, 2.0], floats=[(source, target)])
            derived(few((5, 6, 7)), 0.9, "nearest", floats=[(source, target)])
            derived(few(31), 1.4, "mirror", floats=[(source, target)])


def kernels(taps):
    """Weights without symmetry, and if their number is odd, symmetric and antisymmetric ones."""
    w = rng.uniform(-1.0, 1.0, taps)
    return [w] if taps % 2 == 0 else [w, w + w[::-1], w - w[::-1]]


def make_lists():
    modes = itertools.cycle(MODES)
    for taps in [1, 2, 3, 4, 5, 8, 9, 16]:
        for w in kernels(taps):
            for origin in range(-(taps // 2), (taps - 1) // 2 + 1):
                for convolve in [False, True]:
                    # The origin of a convolution is turned round with its weights.
                    o = -origin - (taps % 2 == 0) if convolve else origin
                    x = sample(int(rng.integers(1, 24)), "normal")
                    lists("lists", x, [w], next(modes), o, -0.75, convolve=convolve, floats=FLOATS)
    for first, second in itertools.product([2, 3, 6], [1, 4, 7]):
        for v, w in itertools.product(kernels(first), kernels(second)):
            x = sample((11, 23), "uniform")
            lists("lists", x, [v, w], [next(modes), next(modes)], cval=0.4, floats=FLOATS)
            x = sample((5, 6, 7), "normal")
            lists("lists", x, [v, w], [next(modes), next(modes)], cval=0.4, axes=(2, 0), floats=FLOATS[:2])
    for bad in [np.nan, np.inf, -np.inf]:
        for taps, place in [(1, 0), (3, 0), (3, 1), (3, 2), (4, 3), (5, 2)]:
            w = rng.uniform(-1.0, 1.0, taps)
            w[place] = bad
            x = sample(9, "normal")
            x[4] = 0.0
            lists("lists", x, [w], next(modes), cval=1.0, floats=FLOATS)
        w = np.array([bad, 1.0, bad])
        lists("lists", sample(9, "normal"), [w], floats=FLOATS)
    for dtype in INTEGERS:
        same = [(dtype, dtype)]
        for taps in [1, 2, 3, 5, 6]:
            for w in kernels(taps):
                x = whole((7, 15), dtype, "noise")
                lists("lists", x, [w, w[::-1]], next(modes), 0, 3.5, floats=same)
                lists("lists", x, [w], next(modes), -(taps // 2), 3.5, axes=(1,), convolve=taps % 2 == 1, floats=same)


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


def whole(shape, dtype, content):
    """An array of an integer type: noise, the limits alone, or mostly one value."""
    if dtype == "b1":
        share = {"noise": 0.5, "limits": 0.2, "flat": 0.95}[content]
        return rng.random(shape) < share
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if content == "limits":
        return rng.choice(np.array([low, low + 1, 0, 1, high - 1, high], dtype), shape)
    noise = rng.integers(low, high, shape, dtype, endpoint=True)
    if content == "flat":
        value = rng.integers(low, high, (), dtype, endpoint=True)
        return np.where(rng.random(shape) < 0.03, noise, value).astype(dtype)
    return noise


def make_integers():
    sigmas = [0.1 + 0.5 * i for i in range(40)]
    for dtype in INTEGERS:
        same = [(dtype, dtype)]
        top = True if dtype == "b1" else np.iinfo(dtype).max
        # One value everywhere: the last bit of the weights' sum decides.
        for sigma in sigmas:
            case("constant", np.full(17, top, dtype), sigma, floats=same)
            case("constant", np.full((3, 5), top // 3 if dtype != "b1" else top, dtype), sigma, floats=same)
        for content in ["noise", "limits", "flat"]:
            case("image", whole((19, 37), dtype, content), [1.0, 2.3], floats=same)
            case("image", whole((9, 40), dtype, content), [0.6, 5.0], floats=same)
            for mode in MODES:
                x = whole((7, 18), dtype, content)
                for order in ([0, 0], [1, 0], [0, 2]):
                    case("modes", x, [1.2, 0.8], order, mode, cval=300.75, floats=same)
            x = whole((5, 6, 7), dtype, content)
            case("axes", x, [0.8, 1.7, 1.1], floats=same)
            case("axes", x, [1.1, 0.8, 1.7], axes=(2, 0, 1), mode=["wrap", "mirror", "nearest"], floats=same)
            case("axes", x, [0.9, 1.2], [1, 0], axes=(2, 0), floats=same)
            case("axes", x, 0.0, floats=same)
        # A constant that no pixel could be.
        for cval in [-1.5, 70000.9, 1e10, -1e20, np.inf, -np.inf, np.nan]:
            x = whole((5, 9), dtype, "noise")
            case("outside", x, [0.7, 1.1], mode="constant", cval=cval, floats=same)
            case("outside", x, 1.3, [1, 0], mode="constant", cval=cval, floats=same)
    for source, target in MIXED:
        for content in ["noise", "limits", "flat"]:
            if source[0] == "f":
                # Over the limits of the target too.
                top = 1.0 if target == "b1" else float(np.iinfo(target).max)
                x = sample((11, 20), "normal") * (top if content == "limits" else 0.3 * top)
            else:
                x = whole((11, 20), source, content)
            for order in ([0, 0], [0, 1]):
                case("mixed", x, [0.9, 1.6], order, floats=[(source, target)])
            case("mixed", x[:, :6], 0.7, mode="wrap", floats=[(source, target)])
            # The first pass changes nothing but the type.
            case("mixed", x, [0.1, 1.2], floats=[(source, target)])


def main():
    found = {"numpy": np.__version__, "scipy": scipy.__version__}
    if found != VERSIONS:
        sys.exit(f"the goldens are pinned to {VERSIONS}, found {found}")
    make()
    with np.errstate(invalid="ignore"):
        make_integers()
        make_lists()
        make_derived()
    values.save("values.npy")
    integers.save("integers.npy")
    head = "# " + ", ".join(f"{name} {version}" for name, version in found.items())
    head += "; written by make_goldens.py, which explains the format\n"
    (HERE / "cases.txt").write_text(head + "\n".join(lines) + "\n")
    print(f"{len(lines)} cases, {values.count} numbers, {integers.count} integers")


if __name__ == "__main__":
    main()
