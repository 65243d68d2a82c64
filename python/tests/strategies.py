"""Arrays in any layout and parameters of any kind, for hypothesis."""

from __future__ import annotations

import platform

import numpy as np
from hypothesis import strategies as st

INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")
FLOATS = ("f4", "f8")
COMPLEX = ("c8", "c16")
REAL = ("?", *INTEGERS, *FLOATS)
MODES = (
    "reflect",
    "mirror",
    "nearest",
    "wrap",
    "constant",
    "grid-mirror",
    "grid-wrap",
    "grid-constant",
)

#: Below, the weights of a slope are all less than 2.2e-16, and scipy takes those for symmetric.
SIGMAS = (0.25, 6)

#: Numbers that an integer type does not hold become what the processor makes of them: scipy's wheel for x86-64 is the model.
CASTS_AS_X86 = platform.machine() in ("x86_64", "AMD64")


def values(shape, dtype, seed):
    """Random content: all of an integer type's middle range, noise of either sign otherwise."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        # Beyond 2^53 scipy loses bits, as this does; sums beyond the type are another matter.
        low, high = max(info.min // 4, -(2**51)), min(info.max // 2, 2**52)
        return rng.integers(low, high, shape, dtype=dtype, endpoint=True)
    array = rng.standard_normal(shape)
    if dtype.kind == "c":
        array = array + 1j * rng.standard_normal(shape)
    return np.asarray(array).astype(dtype)


@st.composite
def shapes(draw, least=0, most=4):
    ndim = draw(st.integers(least, most))
    longest = {0: 1, 1: 300, 2: 60, 3: 19, 4: 7}[ndim]
    return tuple(draw(st.lists(st.integers(0 if draw(st.booleans()) else 1, longest), min_size=ndim, max_size=ndim)))


@st.composite
def laid(draw, array):
    """The same values in another layout: axes in any order of memory, reversed, with gaps, unaligned, in the other byte order, read-only."""
    array = np.asarray(array)
    order = draw(st.permutations(range(array.ndim)))
    steps = [draw(st.sampled_from((1, 1, 1, -1, 2, -3))) for _ in range(array.ndim)]
    sizes = [array.shape[axis] * abs(steps[axis]) for axis in order]
    kind = draw(st.sampled_from(("plain", "plain", "plain", "unaligned", "swapped", "packed")))
    dtype = array.dtype
    if kind == "swapped":
        dtype = dtype.newbyteorder()
    if kind == "packed":
        # A field of a record of which the size is not a multiple of the field's.
        memory = np.zeros(sizes, dtype=[("before", "u1"), ("value", dtype)])["value"]
    else:
        count = int(np.prod(sizes, dtype=np.int64)) * dtype.itemsize
        bytes_of = np.zeros(count + 16, "u1")
        offset = 1 if kind == "unaligned" else (-bytes_of.ctypes.data) % 16
        memory = bytes_of[offset : offset + count].view(dtype).reshape(sizes)
    # (The dots keep an array without axes an array.)
    view = memory.transpose(np.argsort(order))[(*(slice(None, None, step) for step in steps), ...)]
    view = view[(*(slice(0, length) for length in array.shape), ...)]
    view[...] = array
    assert view.shape == array.shape
    if draw(st.booleans()):
        view.flags.writeable = False
    return view


@st.composite
def outputs(draw, shape, dtypes):
    """An ``output`` argument: nothing, a type, a name, or an array in any layout."""
    dtype = draw(st.sampled_from(dtypes))
    kind = draw(st.sampled_from(("none", "type", "dtype", "name", "array", "array")))
    if kind == "none":
        return None
    if kind == "type":
        return np.dtype(dtype).type
    if kind == "dtype":
        return np.dtype(dtype)
    if kind == "name" and dtype != "?":
        return np.dtype(dtype).name
    array = draw(laid(np.zeros(shape, dtype)))
    array.flags.writeable = True
    return array


@st.composite
def gaussians(draw, shape, casts):
    """Parameters of ``gaussian_filter``; derivatives only where negative numbers have a meaning."""
    ndim = len(shape)
    listed = draw(st.permutations(range(ndim)))[: draw(st.integers(0, ndim))]
    axes = [axis - ndim if draw(st.booleans()) else axis for axis in listed]
    kwargs = {}
    if draw(st.booleans()):
        kwargs["axes"] = tuple(axes)
    else:
        listed = list(range(ndim))
    count = len(listed)

    def per_axis(each):
        if draw(st.booleans()):
            return draw(each)
        return [draw(each) for _ in range(count)]

    sigma = st.one_of(st.floats(*SIGMAS), st.sampled_from((0, 1, 2.5, 0.0, -1.0, float("nan"))))
    kwargs["sigma"] = per_axis(sigma)
    if casts:
        kwargs["order"] = per_axis(st.integers(0, 3))
    kwargs["mode"] = per_axis(st.sampled_from(MODES))
    kwargs["cval"] = draw(st.sampled_from((0.0, 1.0, 0.5)))
    kwargs["truncate"] = draw(st.sampled_from((4.0, 3, 0.5, 0)))
    if draw(st.booleans()):
        kwargs["radius"] = per_axis(st.sampled_from((None, 0, 1, 3, 9)))
    return kwargs


def is_undefined(image, output, sigma):
    """Whether nothing is filtered and numbers are converted that an integer type may not hold: numpy itself has another result for each layout."""
    if output is None:
        return False
    dtype = output.dtype if isinstance(output, np.ndarray) else np.dtype(output)
    sigmas = sigma if isinstance(sigma, list) else [sigma]
    return image.dtype.kind == "f" and dtype.kind in "biu" and not any(each > 1e-15 for each in sigmas)
