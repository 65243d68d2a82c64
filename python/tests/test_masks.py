"""Missing pixels: ``mask=``, masked arrays of `numpy.ma`, ``fill=`` and ``missing="keep"``, against normalised convolution by scipy."""

from __future__ import annotations

import sys

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from child import in_a_child
from hypothesis import given
from hypothesis import strategies as st
from strategies import laid, values

SMOOTHING = ("gaussian_filter", "gaussian_filter1d", "gaussian_filter_stack", "correlate1d", "convolve1d")
#: A second positional argument, and scipy's filter of it.
ARGUMENTS = {name: [1, 2, 1.5] if "1d" in name and "gaussian" not in name else 1.5 for name in SMOOTHING}


def call(name, image, **kwargs):
    return getattr(gausstack, name)(image, ARGUMENTS[name], **kwargs)


def mean_of_valid(name, image, valid, fill=np.nan):
    """Filtered numbers over filtered validity, times what all weights come to."""
    sigma = {"axes": (1,)} if name == "gaussian_filter_stack" else {}
    filtered = getattr(scipy.ndimage, name.replace("_stack", ""))
    numbers = filtered(np.where(valid, image, 0).astype("f8"), ARGUMENTS[name], **sigma)
    share = filtered(valid.astype("f8"), ARGUMENTS[name], **sigma)
    gain = sum(ARGUMENTS[name]) if isinstance(ARGUMENTS[name], list) else 1
    share[share < 1e-12] = 0
    with np.errstate(all="ignore"):
        return np.where(share > 0, numbers / share * gain, fill)


def some_mask(shape, seed=1):
    """Scattered pixels, a block wider than any kernel, and a whole row are masked."""
    valid = np.random.default_rng(seed).random(shape) > 0.2
    valid[5:35, 10:40] = False
    valid[45] = False
    return valid


@pytest.mark.parametrize("name", SMOOTHING)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i2", "u2", "i4", "u4"])
@pytest.mark.parametrize("junk", ["least", "most"])
def test_masked_pixels_are_left_out(name, dtype, junk):
    valid = some_mask((60, 70))
    image = np.abs(values((60, 70), dtype, 2)) // 4 if np.dtype(dtype).kind in "iu" else values((60, 70), dtype, 2)
    info = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
    spoilt = np.where(valid, image, info.min if junk == "least" else info.max).astype(dtype)
    whole = np.dtype(dtype).kind in "iu"
    expected = mean_of_valid(name, image, valid, 0 if whole else np.nan)
    kwargs = {"rounding": "nearest"} if whole else {}
    allowed = 0.5 + 1e-6 * np.abs(image.astype("f8")).max() if whole else (1e-5 if dtype == "f4" else 1e-13)
    results = {
        "mask": call(name, spoilt, mask=valid, **kwargs),
        "numpy.ma": call(name, np.ma.masked_array(spoilt, ~valid), missing="ignore", **kwargs),
        "both": call(
            name, np.ma.masked_array(spoilt, ~valid & (np.arange(70) < 35)), mask=valid | (np.arange(70) < 35), **kwargs
        ),
    }
    top = info.max if whole else np.inf
    for found in results.values():
        assert type(found) is np.ndarray and found.dtype == dtype
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        assert np.nanmax(np.abs(found - np.minimum(expected, top))) <= allowed
    own = spoilt.copy()
    assert call(name, own, mask=valid, output=own, **kwargs) is own
    same_bits(own, results["mask"])


@pytest.mark.parametrize("name", SMOOTHING)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u2", "i4", "u1"])
def test_kept_pixels_stay_missing(name, dtype):
    valid = some_mask((60, 70))
    image = np.abs(values((60, 70), dtype, 3)) // 4 if np.dtype(dtype).kind in "iu" else values((60, 70), dtype, 3)
    kwargs = {"rounding": "nearest"} if np.dtype(dtype).kind in "iu" else {}
    filled = call(name, image, mask=valid, **kwargs)
    none = 0 if np.dtype(dtype).kind in "iu" else np.nan
    same_bits(call(name, image, mask=valid, missing="keep", **kwargs), np.where(valid, filled, np.asarray(none, dtype)))
    same_bits(
        call(name, image, mask=valid, missing="keep", fill=7, **kwargs), np.where(valid, filled, np.asarray(7, dtype))
    )
    found = call(name, np.ma.masked_array(image, ~valid), missing="keep", **kwargs)
    assert isinstance(found, np.ma.MaskedArray)
    np.testing.assert_array_equal(np.ma.getmaskarray(found), ~valid)
    same_bits(found.data[valid], filled[valid])
    assert found.sharedmask is False or found.mask is not valid


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_kept_nan_stays_nan(dtype):
    image = values((50, 60), dtype, 4)
    image[10:20, 30] = np.nan
    filled = gausstack.gaussian_filter(image, 2, missing="ignore")
    found = gausstack.gaussian_filter(image, 2, missing="keep")
    assert np.all(np.isfinite(filled))
    same_bits(found, np.where(np.isnan(image), np.asarray(np.nan, dtype), filled))
    same_bits(
        gausstack.gaussian_filter(image, 2, missing="keep", fill=-1),
        np.where(np.isnan(image), -1, filled).astype(dtype),
    )
    own = image.copy()
    same_bits(gausstack.gaussian_filter(own, 2, missing="keep", output=own), found)


def test_missing_decides_about_nan_that_a_mask_does_not_leave_out():
    image = np.ones((40, 50))
    image[20, 20] = np.nan
    valid = np.ones((40, 50), bool)
    valid[5, 5] = False
    assert np.isnan(gausstack.gaussian_filter(image, 1, mask=valid)[20, 21])
    for missing in ("ignore", "keep"):
        assert gausstack.gaussian_filter(image, 1, mask=valid, missing=missing)[20, 21] == pytest.approx(1)
    valid[20, 20] = False
    assert np.all(np.isfinite(gausstack.gaussian_filter(image, 1, mask=valid)))


@pytest.mark.parametrize("dtype", ["f4", "f8", "u2", "?"])
def test_masked_arrays_do_not_enter_in_silence(dtype):
    image = np.ma.masked_array(np.ones((30, 40), dtype), mask=False)
    image[3, 4] = np.ma.masked
    for name in (*SMOOTHING, "gaussian_laplace", "gaussian_gradient_magnitude"):
        function = getattr(gausstack, name)
        argument = ARGUMENTS.get(name, 1)
        with pytest.raises(ValueError, match="1 pixels are masked"):
            function(image, argument)
        with pytest.raises(TypeError, match=r"numpy.ma.stack"):
            function([image, image], argument)
        # Where no pixel is masked there is nothing to lose.
        clear = np.ma.masked_array(image.data, mask=np.zeros((30, 40), bool))
        same_bits(function(clear, argument), function(clear.data, argument))
    for missing in ("ignore", "keep"):
        with pytest.raises(ValueError, match="derivatives cannot leave"):
            gausstack.gaussian_laplace(image, 1, missing=missing)
        with pytest.raises(ValueError, match="derivatives cannot leave"):
            gausstack.gaussian_filter(image, 1, order=1, missing=missing)
    out = np.full((30, 40), 7.0)
    with pytest.raises(ValueError, match="masked"):
        gausstack.gaussian_filter(image, 1, output=out)
    assert np.all(out == 7)


class HandsOverMasked:
    """As NDData of astropy."""

    def __array__(self, dtype=None, copy=None):
        return np.ma.masked_array(np.arange(12.0).reshape(3, 4), mask=np.arange(12).reshape(3, 4) == 5)


class MaskedQuantity(np.ndarray):
    """As Masked of astropy, whose mask numpy's arrays do not have."""

    @property
    def unmasked(self):
        return np.asarray(self)


def test_masked_arrays_in_other_guises():
    with pytest.raises(TypeError, match="MaskedQuantity, which would lose its mask"):
        gausstack.gaussian_filter(np.ones((3, 4)).view(MaskedQuantity), 1)
    with pytest.raises(ValueError, match="1 pixels are masked"):
        gausstack.gaussian_filter(HandsOverMasked(), 1)
    with pytest.raises(ValueError, match="masked"):
        gausstack.gaussian_filter(np.ma.masked, 1)
    with pytest.raises(TypeError, match="weights are a masked array"):
        gausstack.correlate1d(np.ones(9), np.ma.masked_array([1.0, 2, 1], [0, 1, 0]))
    with pytest.raises(TypeError, match=r"sigma .* a masked array"):
        gausstack.gaussian_filter(np.ones((9, 9)), np.ma.masked_array([1.0, 2], [0, 1]))
    with pytest.raises(TypeError, match="filled"):
        gausstack.gaussian_filter(np.ones(9), 1, mask=np.ma.masked_array(np.ones(9, bool)))


def test_where_nothing_is_valid():
    for missing in ("propagate", "ignore", "keep"):
        found = gausstack.gaussian_filter(np.ones((9, 9), "f4"), 1, mask=np.zeros((9, 9), bool), missing=missing)
        assert np.all(np.isnan(found))
        found = gausstack.gaussian_filter(
            np.ones((9, 9), "u2"), 1, mask=np.zeros((9, 9), bool), missing=missing, fill=5
        )
        assert np.all(found == 5)


@pytest.mark.parametrize("missing", ["propagate", "ignore", "keep"])
@pytest.mark.parametrize("dtype", ["f4", "i8", "?"])
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_nothing_filtered(missing, dtype):
    """Nothing else is within the kernel of a missing pixel."""
    image = np.ones((3, 4), dtype)
    valid = np.arange(12).reshape(3, 4) % 3 > 0
    none = 0 if np.dtype(dtype).kind in "ib" else np.nan
    for sigma, kwargs in ((0, {}), (1, {"axes": ()})):
        found = gausstack.gaussian_filter(image, sigma, mask=valid, missing=missing, **kwargs)
        np.testing.assert_array_equal(found, np.where(valid, image, none).astype(dtype))
    own = image.copy()
    gausstack.gaussian_filter(own, 0, mask=valid, missing=missing, fill=0, output=own)
    np.testing.assert_array_equal(own, np.where(valid, image, 0))
    found = gausstack.gaussian_filter(np.array([1.0, np.nan, 3]), 0, missing=missing, output="i4")
    assert found[[0, 2]].tolist() == [1, 3] and (missing == "propagate" or found[1] == 0)
    assert gausstack.gaussian_filter(np.array(2.0), 1, mask=np.array(True), missing=missing) == 2


def test_masks_are_broadcast_without_being_stored():
    stack = values((6, 50, 60), "f4", 5)
    valid = some_mask((50, 60))
    each = np.stack([gausstack.gaussian_filter(image, 1.5, mask=valid) for image in stack])
    same_bits(gausstack.gaussian_filter(stack, 1.5, axes=(1, 2), mask=valid), each)
    same_bits(gausstack.gaussian_filter_stack(stack, 1.5, mask=valid), each)
    # Of a stack the mask of a slice goes by the axes of a slice, wherever they are.
    moved = np.moveaxis(stack, 0, 1)
    same_bits(gausstack.gaussian_filter_stack(moved, 1.5, axis=1, mask=valid), np.moveaxis(each, 0, 1))
    square = values((50, 50, 50), "f4", 6)
    found = gausstack.gaussian_filter_stack(square, 1.5, axis=1, mask=valid[:, :50])
    same_bits(found[:, 7], gausstack.gaussian_filter(square[:, 7], 1.5, mask=valid[:, :50]))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_one_image_s_mask_takes_no_memory_of_a_stack():
    code = """
        import numpy as np, gausstack
        from gausstack import *
        valid = np.ones((1000, 1000), bool)
        valid[::7, ::5] = False
        stack = np.ones((300, 1000, 1000), "u1")
        gaussian_filter(stack[:2], 3, axes=(1, 2), mask=valid)
        def peak():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
        before = peak()
        gaussian_filter_stack(stack, 3, mask=valid, output=stack, rounding="nearest")
        assert stack.min() == 1
        print((peak() - before) / 2**20)
    """
    output = in_a_child(code)
    # (Tiles of two threads; the broadcast would take 286 MB.)
    assert float(output) <= 150


@pytest.mark.parametrize(
    ("mask", "error", "named"),
    [
        (np.ones((4, 5), "u1"), TypeError, "not of uint8: mask != 0"),
        (np.ones((4, 5)), TypeError, "float64"),
        ([[1, 0, 1, 1, 1]] * 4, TypeError, "int64"),
        (np.ones((5, 4), bool), ValueError, r"\(5, 4\), which does not broadcast to the input's \(4, 5\)"),
        (np.ones((2, 4, 5), bool), ValueError, r"\(2, 4, 5\)"),
        (np.ma.nomask, ValueError, "numpy.ma's is True where one is masked"),
        (False, ValueError, "leaves all pixels out"),
        ("abc", TypeError, "mask must be an array, not a str"),
        ({1: 2}, TypeError, "mask must be an array, not a dict"),
        (np.array(["a"] * 5), TypeError, "mask must be of bool"),
        (np.array([None] * 5), RuntimeError, "mask holds objects"),
    ],
)
def test_what_is_no_mask(mask, error, named):
    out = np.full((4, 5), 7.0)
    with pytest.raises(error, match=named):
        gausstack.gaussian_filter(np.ones((4, 5)), 1, mask=mask, output=out)
    assert np.all(out == 7)


def test_masks_of_one_slice_have_its_shape():
    with pytest.raises(ValueError, match=r"\(4, 5\), expected \(3, 4, 5\), or \(3, 5\) for one slice"):
        gausstack.gaussian_filter_stack(np.ones((3, 4, 5)), 1, axis=1, mask=np.ones((4, 5), bool))


def test_every_pixel_valid_is_no_mask():
    image = values((40, 50), "f8", 7)
    for mask in (True, np.True_, np.ones((40, 50), bool), np.ones(50, bool), ~np.ma.getmask(np.ma.masked_array(image))):
        found = gausstack.gaussian_filter(image, 2, mask=mask)
        np.testing.assert_allclose(found, gausstack.gaussian_filter(image, 2), rtol=0, atol=1e-14 * np.abs(image).max())


def test_complex_images_and_weights_have_no_mask():
    for image, weights in ((np.ones(9, complex), [1, 1]), (np.ones(9), [1j, 1])):
        with pytest.raises(ValueError, match="complex"):
            gausstack.correlate1d(image, weights, mask=np.ones(9, bool))
    with pytest.raises(ValueError, match="complex"):
        gausstack.gaussian_filter(np.ones((5, 5), complex), 0, mask=np.ones((5, 5), bool))


@given(st.data())
def test_masks_in_any_layout(data):
    image, valid = values((13, 18, 5), "f4", 8), np.random.default_rng(9).random((13, 18, 5)) > 0.3
    expected = gausstack.gaussian_filter(image, (1, 2, 0.5), mask=valid)
    same_bits(gausstack.gaussian_filter(data.draw(laid(image)), (1, 2, 0.5), mask=data.draw(laid(valid))), expected)


@pytest.mark.parametrize("missing", ["propagate", "ignore", "keep"])
def test_masks_that_overlap_the_output(missing):
    valid = np.random.default_rng(1).random((80, 90)) > 0.3
    image = valid.copy()
    for rounding in ("scipy", "nearest"):
        kwargs = {"missing": missing, "rounding": rounding}
        expected = gausstack.gaussian_filter(image.copy(), 1, mask=valid.copy(), **kwargs)
        # The image is its own mask and its own output.
        own = image.copy()
        same_bits(gausstack.gaussian_filter(own, 1, mask=own, output=own, **kwargs), expected)
        for shifted in (lambda a: (a[1:], a[:-1]), lambda a: (a[:-1], a[1:]), lambda a: (a, a[::-1])):
            memory = valid.copy()
            mask, out = shifted(memory)
            expected = gausstack.gaussian_filter(image[: len(out)], 1, mask=mask.copy(), **kwargs)
            gausstack.gaussian_filter(image[: len(out)], 1, mask=mask, output=out, **kwargs)
            same_bits(out, expected)
    # A row that serves for all, within the output.
    memory = np.ones((80, 90), bool)
    memory[3, ::4] = False
    row = memory[3]
    expected = gausstack.gaussian_filter(image, 1, mask=row.copy())
    same_bits(gausstack.gaussian_filter(image, 1, mask=row, output=memory), expected)


def test_bytes_that_are_neither_0_nor_1():
    """numpy takes every other byte of a bool for True."""
    image = values((40, 50), "f8", 9)
    odd = np.random.default_rng(1).integers(0, 4, (40, 50), dtype="u1").view(bool)
    expected = gausstack.gaussian_filter(image, 2, mask=odd.view("u1") != 0)
    same_bits(gausstack.gaussian_filter(image, 2, mask=odd), expected)
    row = odd[0]
    same_bits(
        gausstack.gaussian_filter(image, 2, mask=row), gausstack.gaussian_filter(image, 2, mask=row.view("u1") != 0)
    )


def test_masked_outputs():
    image = values((30, 40), "f8", 10)
    gone = np.random.default_rng(1).random((30, 40)) < 0.2
    masked = np.ma.masked_array(image.copy(), gone)
    plain = gausstack.gaussian_filter(masked, 2, missing="ignore")
    # What is written is no longer masked, as after an assignment.
    out = np.ma.masked_array(np.zeros((30, 40)), mask=~gone)
    other = out.view()
    assert gausstack.gaussian_filter(image, 2, output=out) is out
    assert not np.ma.is_masked(out)
    assert np.array_equal(other.mask, ~gone)
    same_bits(out.data, gausstack.gaussian_filter(image, 2))
    # And what is kept masked is.
    assert gausstack.gaussian_filter(masked, 2, missing="keep", output=out) is out
    np.testing.assert_array_equal(out.mask, gone)
    same_bits(out.data[~gone], plain[~gone])
    assert gausstack.gaussian_filter(masked, 2, missing="ignore", output=masked) is masked
    assert not np.ma.is_masked(masked)
    same_bits(masked.data, plain)
    out = np.zeros((30, 40))
    masked = np.ma.masked_array(image, gone)
    assert gausstack.gaussian_filter(masked, 2, missing="keep", output=out) is out
    assert np.array_equal(np.isnan(out), gone)
    hard = np.ma.masked_array(np.zeros((30, 40)), gone, hard_mask=True)
    with pytest.raises(ValueError, match="hard mask"):
        gausstack.gaussian_filter(image, 2, output=hard)


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_and_masks(workers):
    image, valid = values((300, 320), "f4", 11), some_mask((300, 320))
    same_bits(
        gausstack.gaussian_filter(image, 2, mask=valid, missing="keep", workers=workers),
        gausstack.gaussian_filter(image, 2, mask=valid, missing="keep"),
    )
