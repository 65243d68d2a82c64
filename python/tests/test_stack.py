"""The stack call against the loop that it stands for."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from strategies import values


def loop(data, sigma, axis, **kwargs):
    """As tutorials have it."""
    slices = [scipy.ndimage.gaussian_filter(image, sigma, **kwargs) for image in np.moveaxis(data, axis, 0)]
    return np.moveaxis(np.asarray(slices), 0, axis)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, np.int64(1)])
@pytest.mark.parametrize("dtype", ["f4", "f8", "u2"])
def test_the_loop(axis, dtype):
    data = values((30, 41, 17), dtype, 1)
    for layout in (data, np.asfortranarray(data), data[::-1, :, ::2]):
        found = gausstack.gaussian_filter_stack(layout, (1, 2), axis, precision="double")
        same_bits(found, loop(layout, (1, 2), axis))
        kwargs = {"mode": ["wrap", "constant"], "cval": 3.0, "order": (0, 1) if dtype != "u2" else 0, "truncate": 3.0}
        found = gausstack.gaussian_filter_stack(layout, 1.5, axis, precision="double", **kwargs)
        same_bits(found, loop(layout, 1.5, axis, **kwargs))


def test_the_tutorial_s_array():
    """Slices that are each contiguous, seen from the side."""
    block = values((16, 300, 500), "f4", 2)
    data = np.moveaxis(block, 0, 1)
    found = gausstack.gaussian_filter_stack(data, (3, 5), axis=1)
    assert found.shape == data.shape and found.strides == data.strides
    for i in range(16):
        same_bits(found[:, i], gausstack.gaussian_filter(data[:, i], (3, 5)))


def test_several_axes_that_count():
    data = values((3, 20, 4, 30), "f8", 3)
    found = gausstack.gaussian_filter_stack(data, (1, 2), axis=(0, 2))
    for i, j in np.ndindex(3, 4):
        same_bits(found[i, :, j], scipy.ndimage.gaussian_filter(data[i, :, j], (1, 2)))


def test_outputs():
    data = values((5, 30, 40), "f4", 4)
    expected = gausstack.gaussian_filter_stack(data, 2)
    out = np.empty((30, 40, 5), "f4").transpose(2, 0, 1)
    assert gausstack.gaussian_filter_stack(data, 2, output=out) is out
    same_bits(out, expected)
    assert gausstack.gaussian_filter_stack(data, 2, output="f8").dtype == np.float64
    own = data.copy()
    same_bits(gausstack.gaussian_filter_stack(own, 2, output=own, workers=2), expected)


def test_slices_along_the_last_axis_keep_their_place():
    data = values((30, 40, 7), "f4", 5)
    found = gausstack.gaussian_filter_stack(data, 2, axis=-1)
    assert found.flags.c_contiguous
    same_bits(found[..., 3], gausstack.gaussian_filter(data[..., 3], 2))


@pytest.mark.parametrize(
    ("axis", "sigma", "error"),
    [
        (3, 1, IndexError),
        (-4, 1, ValueError),
        (1.0, 1, TypeError),
        (0, (1, 2, 3), RuntimeError),
        ((0, 9), 1, IndexError),
    ],
)
def test_bad_axes(axis, sigma, error):
    with pytest.raises(error):
        gausstack.gaussian_filter_stack(np.zeros((3, 4, 5)), sigma, axis)


def test_empty_stacks():
    assert gausstack.gaussian_filter_stack(np.zeros((0, 4, 5)), 1).shape == (0, 4, 5)
    assert gausstack.gaussian_filter_stack(np.zeros((3, 0, 5), "u1"), 1).dtype == np.uint8
