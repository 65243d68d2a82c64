"""``gaussian_filter`` and ``gaussian_filter1d`` against scipy's: any type, layout, parameters and form of output."""

from __future__ import annotations

import warnings

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import error_bound, same_bits
from gausstack import _kernel
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    CASTS_AS_X86,
    COMPLEX,
    FLOATS,
    INTEGERS,
    MODES,
    REAL,
    SIGMAS,
    gaussians,
    is_undefined,
    laid,
    outputs,
    shapes,
    values,
)


def twin(output):
    """An output of the same kind for scipy."""
    if not isinstance(output, np.ndarray):
        return output
    # (A copy of a packed or unaligned array would be neither.)
    return output.copy()


def both(function, image, output, kwargs):
    """The results of this package and of scipy, and whether an output that was given is the result."""
    theirs = getattr(scipy.ndimage, function)(image, output=twin(output), **known(kwargs))
    ours = getattr(gausstack, function)(image, output=output, **kwargs)
    if isinstance(output, np.ndarray):
        assert ours is output
    return ours, theirs


def known(kwargs):
    """What scipy knows of the parameters."""
    return {name: value for name, value in kwargs.items() if name not in ("precision", "rounding", "workers")}


def expanded(kwargs, count, name, default):
    value = kwargs.get(name, default)
    return list(value) if isinstance(value, list) else [value] * count


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@given(st.data())
def test_sums_in_float64_have_scipy_s_bits(data):
    shape = data.draw(shapes())
    dtype = data.draw(st.sampled_from(REAL))
    image = data.draw(laid(values(shape, dtype, data.draw(st.integers(0, 2**32)))))
    output = data.draw(outputs(shape, REAL))
    kwargs = data.draw(gaussians(shape, CASTS_AS_X86))
    assume(not is_undefined(image, output, [] if kwargs.get("axes") == () else kwargs["sigma"]))
    kwargs["precision"] = "double"
    kwargs["workers"] = data.draw(st.sampled_from((1, 2, None)))
    same_bits(*both("gaussian_filter", image, output, kwargs))


@given(st.data())
def test_float32_is_within_its_bound(data):
    shape = data.draw(shapes())
    image = data.draw(laid(values(shape, "f4", data.draw(st.integers(0, 2**32)))))
    kwargs = data.draw(gaussians(shape, True))
    output = data.draw(outputs(shape, ("f4",)))
    ours, theirs = both("gaussian_filter", image, output, kwargs)
    count = len(kwargs["axes"]) if "axes" in kwargs else len(shape)
    along = [expanded(kwargs, count, name, default) for name, default in (("sigma", 0), ("order", 0), ("radius", None))]
    bound = error_bound(image, along[0], along[1], kwargs["truncate"], along[2], kwargs["cval"])
    assert ours.dtype == theirs.dtype and ours.dtype.kind == "f"
    assert np.all(np.abs(ours - theirs) <= bound)


@given(st.data())
def test_complex_numbers_are_two_images(data):
    shape = data.draw(shapes())
    dtype = data.draw(st.sampled_from(COMPLEX))
    image = data.draw(laid(values(shape, dtype, data.draw(st.integers(0, 2**32)))))
    output = data.draw(outputs(shape, COMPLEX))
    kwargs = data.draw(gaussians(shape, True)) | {"precision": "double"}
    kwargs["cval"] = data.draw(st.sampled_from((0.5, 1 - 2j)))
    same_bits(*both("gaussian_filter", image, output, kwargs))


@given(st.data())
def test_one_axis(data):
    shape = data.draw(shapes(least=1))
    dtype = data.draw(st.sampled_from((*REAL, *COMPLEX)))
    image = data.draw(laid(values(shape, dtype, data.draw(st.integers(0, 2**32)))))
    some = COMPLEX if image.dtype.kind == "c" else REAL
    output = data.draw(outputs(shape, some))
    if image.dtype.kind == "c" and output is np.complex128:
        output = np.float64  # It is promoted, with a warning.
    kwargs = {
        "sigma": data.draw(st.floats(*SIGMAS)),
        "axis": data.draw(st.integers(-len(shape), len(shape) - 1)),
        "order": data.draw(st.integers(0, 3 if CASTS_AS_X86 else 0)),
        "mode": data.draw(st.sampled_from(MODES)),
        "cval": 1.0,
        "truncate": 3,
        "radius": data.draw(st.sampled_from((None, 0, 4))),
        "precision": "double",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same_bits(*both("gaussian_filter1d", image, output, kwargs))


@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
@pytest.mark.parametrize("sigma", [0.5, 2.5, 20])
def test_an_image_of_real_size(dtype, sigma):
    image = values((301, 407), dtype, 3)
    theirs = scipy.ndimage.gaussian_filter(image, (sigma, 2))
    same_bits(gausstack.gaussian_filter(image, (sigma, 2), precision="double", workers=2), theirs)


def test_constant_images_of_integers_lose_what_scipy_s_lose():
    for sigma in np.arange(1, 200) / 10:
        image = np.full(64, 255, "u1")
        same_bits(gausstack.gaussian_filter(image, sigma), scipy.ndimage.gaussian_filter(image, sigma))


@pytest.mark.parametrize("order", range(7))
def test_weights_have_scipy_s_bits(order):
    for sigma in (0.3, 0.5, 1, 1.7, 4, 13.3, 60):
        line = np.zeros(8 * 70 + 1)
        line[4 * 70] = 1
        found = gausstack.gaussian_filter1d(line, sigma, order=order)
        same_bits(found, scipy.ndimage.gaussian_filter1d(line, sigma, order=order))


@pytest.mark.parametrize("radius", [_kernel._PART // 2, _kernel._PART, 1_234_567, 2**21 + 3])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_long_weights_have_scipy_s_bits(order, radius):
    """They are computed in parts."""
    expected = scipy.ndimage._filters._gaussian_kernel1d(radius / 5, order, radius)
    same_bits(_kernel.gaussian_kernel1d(radius / 5, order, radius), expected)
    numbers = values(2 * radius + 1, "f8", 1)
    assert _kernel._sum(numbers) == numbers.sum()


def test_not_finite_numbers():
    image = values((60, 70), "f8", 5)
    image[10, 20], image[30, 40], image[50, 60], image[50, 62] = np.nan, np.inf, -np.inf, np.inf
    for kwargs in ({}, {"order": (1, 0)}, {"order": 2}, {"mode": "constant", "cval": np.inf}):
        with np.errstate(all="ignore"):
            expected = scipy.ndimage.gaussian_filter(image, 1.5, **kwargs)
        same_bits(gausstack.gaussian_filter(image, 1.5, **kwargs), expected)
