"""Things that are no image, no sigma, no weights: a TypeError that says what was given."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

import dask.array as da
import gausstack
import gausstack.dask
import numpy as np
import pytest

FUNCTIONS = {
    "gaussian_filter": 2,
    "gaussian_filter1d": 2,
    "gaussian_filter_stack": 2,
    "gaussian_laplace": 2,
    "gaussian_gradient_magnitude": 2,
    "correlate1d": [1, 2, 1],
    "convolve1d": [1, 2, 1],
}
CALLS = [(module, name) for module in (gausstack, gausstack.dask) for name in FUNCTIONS]
IMAGE = np.arange(20.0).reshape(4, 5)


class OfAGpu:
    __cuda_array_interface__: ClassVar = {"shape": (2, 2), "typestr": "<f4", "data": (0, False), "version": 3}


class Anything:
    pass


class Sparse:
    """As scipy's sparse matrices: numpy makes a single object of them."""

    shape, ndim, dtype = (2, 2), 2, np.dtype("f8")


THINGS = {
    "None": (lambda: None, "not None"),
    "a generator": (lambda: (i for i in range(3)), "a generator"),
    "a map": (lambda: map(int, "12"), "a map"),
    "an array on a GPU": (OfAGpu, "OfAGpu on a GPU"),
    "a dict": (lambda: {1: 2}, "a dict"),
    "a set": (lambda: {1, 2}, "a set"),
    "a string": (lambda: "scan.tif", "a str"),
    "bytes": (lambda: b"scan.tif", "a bytes"),
    "an object": (Anything, "Anything"),
    "a class": (lambda: Anything, "a type"),
    "a list with None": (lambda: [[1.0, None], [2.0, 3.0]], "objects such as None"),
    "a list of None": (lambda: [None, None], "objects such as None"),
    "a list of objects": (lambda: [Anything(), Anything()], "objects such as .*Anything"),
}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize(("module", "name"), CALLS, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_no_image(module, name, thing):
    make, said = THINGS[thing]
    with pytest.raises(TypeError, match=f"input .*{said}"):
        getattr(module, name)(make(), FUNCTIONS[name])


@pytest.mark.parametrize(
    "array", [np.array(None), np.array([[1, None]]), IMAGE.astype(object), np.array([IMAGE, None], object)]
)
@pytest.mark.parametrize("sigma", [2, 0])
def test_arrays_of_objects(array, sigma):
    # (The type of the exception is scipy's.)
    with pytest.raises(
        RuntimeError, match=r"array type dtype\('O'\) not supported: input holds (objects such as|numbers as objects)"
    ):
        gausstack.gaussian_filter(array, sigma)


def test_sparse_matrices():
    with pytest.raises(TypeError, match="Sparse"):
        gausstack.gaussian_filter(Sparse(), 1)


SIGMAS = [
    (None, "sigma of axis 0 must be a number, not None; 0 leaves an axis alone"),
    ((None, 2), "sigma of axis 0 must be a number, not None; 0 leaves an axis alone"),
    ((2, None), "sigma of axis 1 must be a number, not None"),
    ("3", "sigma of axis 0 must be a number, not '3'"),
    (("1", "2"), "sigma of axis 0 must be a number, not '1'"),
    (b"12", "sigma of axis 0 must be a number, not b'12'"),
    ({1: 2, 3: 4}, "sigma must be one value, or a sequence with one for each axis, not a dict"),
    ({1, 2}, "sigma must be one value, or a sequence .* not a set"),
    (frozenset({1, 2}), "sigma must be .* not a frozenset"),
    (1j, "sigma of axis 0 must be a number, not 1j"),
    ((1, 2j), "sigma of axis 1 must be a number, not 2j"),
    (Anything(), "sigma of axis 0 must be a number, not .*Anything"),
]


@pytest.mark.parametrize(("sigma", "said"), SIGMAS)
@pytest.mark.parametrize("name", ["gaussian_filter", "gaussian_laplace", "gaussian_gradient_magnitude"])
@pytest.mark.parametrize("module", [gausstack, gausstack.dask], ids=lambda module: module.__name__)
def test_what_is_no_sigma(module, name, sigma, said):
    with pytest.raises(TypeError, match=said):
        getattr(module, name)(IMAGE, sigma)


@pytest.mark.parametrize("sigma", [None, "3", {1: 2}, {1, 2}, 1j, (1, 2), b"3", Anything()])
@pytest.mark.parametrize("module", [gausstack, gausstack.dask], ids=lambda module: module.__name__)
def test_what_is_no_sigma_of_one_axis(module, sigma):
    with pytest.raises(TypeError, match="sigma must be a number, not"):
        module.gaussian_filter1d(IMAGE, sigma)
    if not isinstance(sigma, tuple):
        with pytest.raises(TypeError, match="sigma must be a number"):
            gausstack.radius(sigma)


def test_other_parameters_that_have_no_order():
    for name in ("order", "mode", "radius"):
        for value in ({0: 1, 1: 2}, {1, 2}):
            with pytest.raises(TypeError, match=f"{name} must be one value, or a sequence"):
                gausstack.gaussian_filter(IMAGE, 1, **{name: value})
    with pytest.raises(TypeError, match="axes must be an integer or a sequence of integers, not a dict"):
        gausstack.gaussian_filter(IMAGE, 1, axes={0: 1})
    # A set of axes has no order for values of each axis to go by.
    for function in (gausstack.gaussian_filter, gausstack.gaussian_laplace):
        with pytest.raises(TypeError, match="axes is a set"):
            function(IMAGE, (1, 2), axes={0, 1})
    assert gausstack.gaussian_filter(IMAGE, 1, axes={0, 1}).shape == (4, 5)
    for axis in (None, "1", {0: 1}):
        with pytest.raises(TypeError, match="axis must be"):
            gausstack.gaussian_filter_stack(IMAGE, 1, axis=axis)


@pytest.mark.parametrize("weights", [None, (i for i in range(3)), {1: 2}, {1, 2}, "abc", OfAGpu(), [1, None]])
@pytest.mark.parametrize(("module", "name"), [call for call in CALLS if "1d" in call[1] and "gaussian" not in call[1]])
def test_what_is_no_weights(module, name, weights):
    with pytest.raises(TypeError, match="weights"):
        getattr(module, name)(IMAGE, weights)


def test_what_is_no_number_to_fill_with():
    for fill in ("0", [0], 1j, {}, 10**400):
        with pytest.raises(TypeError, match="fill must be a real number"):
            gausstack.gaussian_filter(IMAGE, 1, missing="ignore", fill=fill)


def test_array_likes_still_are_images():
    for image in (deque([1.0, 2, 3]), range(5), memoryview(b"abc"), bytearray(b"abc"), da.ones(5, chunks=2)):
        assert gausstack.gaussian_filter(image, 1).ndim == 1
