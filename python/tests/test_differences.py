"""Where this package is meant to differ from scipy: all of it is listed in its documentation."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from strategies import values


def test_narrow_sigmas_do_not_overflow():
    image = values((200, 210), "f8", 1)
    for sigma in (np.int8(12), np.uint8(16), np.float16(2.5), np.float32(1.7)):
        expected = scipy.ndimage.gaussian_filter(image, float(sigma))
        same_bits(gausstack.gaussian_filter(image, sigma), expected)
    # scipy squares it in its own type.
    with np.errstate(all="ignore"):
        assert not np.array_equal(scipy.ndimage.gaussian_filter(image, np.uint8(16)), expected)


def test_narrow_radii_do_not_wrap():
    image = values((30, 40), "f8", 2)
    found = gausstack.gaussian_filter(image, 1, radius=np.uint8(2))
    same_bits(found, scipy.ndimage.gaussian_filter(image, 1, radius=2))


def test_generators_of_axes_keep_their_first():
    image = values((30, 40, 5), "f8", 3)
    found = gausstack.gaussian_filter(image, 1, axes=(axis for axis in (0, 1)))
    same_bits(found, scipy.ndimage.gaussian_filter(image, 1, axes=(0, 1)))


def test_high_orders_do_not_wrap():
    line = np.zeros(9)
    line[4] = 1
    found = gausstack.gaussian_filter1d(line, 2000.0, order=5)
    assert np.all(np.isfinite(found)) and np.abs(found).max() < 1e-15


def test_weights_below_the_rounding_of_one_keep_their_sign():
    # scipy takes any weights below 2.2e-16 for symmetric.
    found = gausstack.correlate1d([1.0, 2, 3, 4, 5], [1e-17, 0, -1e-17])
    assert found[2] == pytest.approx(-2e-17)
    assert scipy.ndimage.correlate1d([1.0, 2, 3, 4, 5], [1e-17, 0, -1e-17])[2] == pytest.approx(6e-17)


def test_float32_sums_are_not_scipy_s_bits():
    image = values((200, 200), "f4", 4)
    native, double = (gausstack.gaussian_filter(image, 2, precision=p) for p in ("native", "double"))
    assert not np.array_equal(native, double)
    assert np.abs(native - double).max() < 2 * 2.6e-7 * np.abs(image).max()


def test_large_numbers_in_float32_sums():
    image = np.full((30, 30), 3e38, "f4")
    assert np.all(np.isinf(gausstack.gaussian_filter(image, 2)))
    assert np.all(np.isfinite(gausstack.gaussian_filter(image, 2, precision="double")))


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "u4"])
def test_rounding_to_nearest(dtype):
    image = values((60, 70), dtype, 5)
    exact = scipy.ndimage.gaussian_filter(image.astype("f8"), 1.5)
    found = gausstack.gaussian_filter(image, 1.5, rounding="nearest")
    assert found.dtype == image.dtype
    # Half a level, and what float32 sums of 8 and 16 bits may be off by.
    allowed = 0.5 + (6e-7 * np.abs(exact).max() if image.itemsize < 4 else 1e-6)
    assert np.abs(found - exact).max() <= allowed
    flat = np.full((50, 50), 200, "u1")
    assert np.all(gausstack.gaussian_filter(flat, 2.5, rounding="nearest") == 200)


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_integers_of_64_bits_are_rounded_to_nearest(dtype):
    image = values((60, 70), dtype, 8)
    exact = scipy.ndimage.gaussian_filter(image.astype("f8"), 1.5)
    found = gausstack.gaussian_filter(image, 1.5, rounding="nearest")
    assert found.dtype == image.dtype
    np.testing.assert_array_equal(found, np.rint(exact).astype(dtype))
    assert gausstack.gaussian_filter1d(image, 2, rounding="nearest", output="f8").dtype == np.float64
    # Numbers beyond the type become its least or largest.
    info = np.iinfo(dtype)
    high = gausstack.correlate1d(np.full(9, float(info.max)), [1, 1, 1], rounding="nearest", output=dtype)
    low = gausstack.correlate1d(np.full(9, float(info.max)), [-1, -1, -1], rounding="nearest", output=dtype)
    assert np.all(high == info.max) and np.all(low == info.min)
    slope = gausstack.gaussian_laplace(image.astype("f8") / 2**30, 1, output="i8", rounding="nearest")
    expected = scipy.ndimage.gaussian_laplace(image.astype("f8") / 2**30, 1)
    assert np.abs(slope - expected).max() <= 0.5 + 1e-3
    assert gausstack.gaussian_filter(np.arange(5)[::-1], 1, rounding="nearest").dtype == np.int64


def test_masks_are_rounded_to_nearest():
    for sigma in (0.5, 1, 3, 7.3):
        assert np.all(gausstack.gaussian_filter(np.ones((40, 50), bool), sigma, rounding="nearest"))
        assert not np.any(gausstack.gaussian_filter(np.zeros((40, 50), bool), sigma, rounding="nearest"))
    mask = values((60, 70), "?", 9)
    share = scipy.ndimage.gaussian_filter(mask.astype("f8"), 1.5)
    found = gausstack.gaussian_filter(mask, 1.5, rounding="nearest")
    assert found.dtype == bool and set(np.unique(found.view("u1"))) <= {0, 1}
    clear = np.abs(share - 0.5) > 1e-6
    np.testing.assert_array_equal(found[clear], share[clear] > 0.5)
    # Halves are False, and sums above one True.
    assert gausstack.correlate1d([False, True, True], [1, 1], rounding="nearest", output=bool).tolist() == [
        False,
        True,
        True,
    ]
    assert gausstack.correlate1d([False, True], [0.5, 0.5], rounding="nearest", output=bool).tolist() == [False, False]
    found = gausstack.correlate1d(np.ones(9, bool), [1, 1, 1], rounding="nearest")
    assert found.view("u1").tolist() == [1] * 9
    for function, expected in (
        (gausstack.gaussian_laplace, scipy.ndimage.gaussian_laplace(mask.astype("f8"), 1)),
        (gausstack.gaussian_gradient_magnitude, scipy.ndimage.gaussian_gradient_magnitude(mask.astype("f8"), 1)),
    ):
        found = function(mask, 1, rounding="nearest")
        clear = np.abs(expected - 0.5) > 1e-6
        np.testing.assert_array_equal(found[clear], expected[clear] > 0.5)
        assert set(np.unique(found.view("u1"))) <= {0, 1}


def mean_of_what_is_there(image, sigma, mode="reflect"):
    there = ~np.isnan(image)
    numbers = np.where(there, image, 0).astype("f8")
    with np.errstate(all="ignore"):
        top = scipy.ndimage.gaussian_filter(numbers, sigma, mode=mode)
        return top / scipy.ndimage.gaussian_filter(there.astype("f8"), sigma, mode=mode)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(500,), (70, 80), (20, 30, 25)])
def test_missing_pixels_are_left_out(dtype, shape):
    image = values(shape, dtype, 6)
    image[np.random.default_rng(1).random(shape) < 0.2] = np.nan
    found = gausstack.gaussian_filter(image, 1.5, missing="ignore")
    expected = mean_of_what_is_there(image, 1.5)
    assert np.all(np.isfinite(found))
    allowed = 3e-6 if dtype == "f4" else 1e-14
    assert np.abs(found - expected).max() <= allowed * np.nanmax(np.abs(image))
    own = image.copy()
    same_bits(gausstack.gaussian_filter(own, 1.5, missing="ignore", output=own), found)


def test_where_nothing_is_there():
    image = np.full((40, 40), np.nan)
    image[0, 0] = 5
    found = gausstack.gaussian_filter(image, 1, missing="ignore")
    assert np.all(np.isnan(found[10:])) and np.allclose(found[:4, :4], 5, rtol=1e-15)
    found = gausstack.gaussian_filter(image, 1, missing="ignore", output="u1")
    assert np.all(found[10:] == 0) and np.all(found[:4, :4] == 5)


def test_missing_pixels_of_complex_images_are_refused():
    with pytest.raises(ValueError, match="complex"):
        gausstack.gaussian_filter(np.ones((5, 5), complex), 1, missing="ignore")


def test_missing_pixels_of_other_weights():
    line = np.array([1.0, np.nan, 3.0, 5.0, np.nan])
    found = gausstack.correlate1d(line, [1, 1, 1], missing="ignore", mode="nearest")
    # A third of what is there, times three: the gain of the weights.
    np.testing.assert_allclose(found, [3.0, 6.0, 12.0, 12.0, 15.0])
    with pytest.raises(ValueError, match="at least 0"):
        gausstack.correlate1d(line, [1, 0, -1], missing="ignore")


def test_nothing_filtered_and_rounded_to_nearest():
    found = gausstack.gaussian_filter(np.array([2.7, -2.7, 300.0, np.nan]), 0, output="i1", rounding="nearest")
    assert found.tolist() == [3, -3, 127, 0]
    found = gausstack.gaussian_filter(np.array([[2.5, 3.5]]), 1, axes=(), output="u2", rounding="nearest")
    assert found.tolist() == [[2, 4]]
    large = np.array([2**62 + 1, -5])
    assert gausstack.gaussian_filter(large, 0, rounding="nearest").tolist() == large.tolist()


def test_nothing_filtered_between_arrays_that_overlap():
    # numpy's own assignment is wrong here, and with it scipy.
    line = np.arange(10.0)
    gausstack.gaussian_filter(line[:5], 0, output=line[::2])
    assert line[::2].tolist() == [0, 1, 2, 3, 4]
    line = np.arange(10.0)
    gausstack.gaussian_filter_stack(line[:5], 1, output=line[::2])
    assert line[::2].tolist() == [0, 1, 2, 3, 4]
