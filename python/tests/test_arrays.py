"""What may be filtered, and into what: array-likes, layouts, arrays that overlap, no copies."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from gausstack._gausstack import Filter, Weights
from hypothesis import given
from hypothesis import strategies as st
from strategies import laid, values


class Subclass(np.ndarray):
    pass


class ArrayLike:
    def __array__(self, dtype=None, copy=None):
        return np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize(
    "image",
    [
        [[1, 2, 3], [4, 5, 6]],
        ((1.5, 2.5), (3.5, 4.5)),
        7,
        3.5,
        np.float32(2),
        True,
        [],
        np.zeros((0, 4)),
        np.zeros((3, 0, 2), "u2"),
        np.ones((3, 4)).view(Subclass),
        np.ma.masked_array(np.arange(6.0)),
        np.ma.masked_array(np.arange(6.0), mask=np.zeros(6)),
        np.matrix([[1.0, 2], [3, 4]]),
        ArrayLike(),
        memoryview(b"abcdef"),
    ],
)
def test_array_likes(image):
    found, expected = gausstack.gaussian_filter(image, 1, precision="double"), scipy.ndimage.gaussian_filter(image, 1)
    assert type(found) is np.ndarray
    same_bits(found, expected)


def test_results_are_in_c_order():
    for image in (np.asfortranarray(values((5, 6, 7), "f4", 1)), values((5, 6, 7), "f4", 1).transpose(1, 2, 0)):
        assert gausstack.gaussian_filter(image, 1).flags.c_contiguous


@given(st.data())
def test_any_layout_has_the_same_bits(data):
    image = values((13, 18, 5), "f4", 2)
    expected = gausstack.gaussian_filter(image, (1, 2, 0.5))
    same_bits(gausstack.gaussian_filter(data.draw(laid(image)), (1, 2, 0.5)), expected)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i8", "?", "c8"])
@pytest.mark.parametrize("workers", [1, 2])
def test_in_place(dtype, workers):
    for shape in ((400,), (300, 310), (60, 5, 70)):
        image = values(shape, dtype, 3)
        expected = gausstack.gaussian_filter(image, 2)
        own = image.copy()
        assert gausstack.gaussian_filter(own, 2, output=own, workers=workers) is own
        same_bits(own, expected)
        # Another view of the same elements.
        other = image.copy()
        gausstack.gaussian_filter(other, 2, output=other[...], workers=workers)
        same_bits(other, expected)


OVERLAPS = {
    "shifted by a row": lambda a: (a[:-1], a[1:]),
    "shifted back": lambda a: (a[1:], a[:-1]),
    "by a pixel": lambda a: (a[:, :-1], a[:, 1:]),
    "upside down": lambda a: (a, a[::-1]),
    "turned": lambda a: (a[:200, :200], a[:200, :200].T),
    "interleaved": lambda a: (a[:, ::2], a[:, 1::2]),
    "partly": lambda a: (a[:150], a[100:250]),
    "in another type": lambda a: (a, a.view(f"i{a.itemsize}")),
}


@pytest.mark.parametrize("overlap", OVERLAPS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u2"])
def test_overlapping_arrays(overlap, dtype):
    whole = values((400, 300), dtype, 4)
    source, target = OVERLAPS[overlap](whole)
    before = whole.copy()
    written = np.zeros(whole.shape, bool)
    # Where the target lies in the whole.
    OVERLAPS[overlap](written)[1][...] = True if overlap != "in another type" else 1
    expected = gausstack.gaussian_filter(source.copy(), (2, 1), output=target.dtype.newbyteorder("="))
    assert gausstack.gaussian_filter(source, (2, 1), output=target) is target
    same_bits(target.copy(), expected)
    same_bits(whole[~written], before[~written])


def test_outputs_that_repeat_an_element():
    memory = np.zeros(40)
    repeated = np.lib.stride_tricks.as_strided(memory, (3, 30), (0, 8))
    image = values((3, 30), "f8", 5)
    gausstack.gaussian_filter(image, 1, output=repeated)
    # As an assignment has it: some row stays.
    assert any(np.array_equal(repeated[0], row) for row in gausstack.gaussian_filter(image, 1))
    same_bits(memory[30:], np.zeros(10))


def test_broadcast_inputs_are_read_where_they_lie():
    image = np.broadcast_to(values((1, 60), "f4", 6), (50, 60))
    same_bits(gausstack.gaussian_filter(image, 2), gausstack.gaussian_filter(image.copy(), 2))


def smoothing(axes):
    weights = Weights(np.array([0.25, 0.5, 0.25]), 0)
    sums = {"magnitude": False, "double": False, "nearest": False, "missing": "propagate", "fill": None}
    return Filter(list(axes), [[(weights, "reflect")] * len(axes)], **sums)


def test_only_what_cannot_be_read_is_copied():
    """Strided, aligned arrays of this machine's byte order are filtered as they are; nothing else is."""
    out = np.empty((20, 30), "f4")
    image = values((40, 60), "f4", 7)
    record = np.zeros((20, 30), [("a", "u1"), ("b", "f4")])
    aligned = np.zeros((20, 30), [("a", "i4"), ("b", "f4"), ("c", "f8")])["b"]
    misaligned = np.zeros(20 * 30 * 4 + 1, "u1")[1:].view("f4").reshape(20, 30)
    for source, copied in (
        (image[::2, ::-2], 0),
        (image.T[::3, ::-1][:20, :30], 0),
        (np.broadcast_to(image[:1, :30], (20, 30)), 0),
        (values((20, 30), "c8", 8).imag, 0),
        (aligned, 0),
        (record["b"], Filter.COPY_INPUT),
        (misaligned, Filter.COPY_INPUT),
        (image[:20, :30].astype(">f4"), Filter.COPY_INPUT),
        (out[::-1], Filter.COPY_INPUT),
        (out, 0),
    ):
        assert smoothing([0, 1]).apply(source, out, 1, 0.0) == copied
    locked = out.view()
    locked.flags.writeable = False
    for target, copied in (
        (record["b"], Filter.COPY_OUTPUT),
        (np.broadcast_to(out[:1], (20, 30)), Filter.COPY_OUTPUT),
        (locked, Filter.COPY_OUTPUT),
        (aligned, 0),
    ):
        assert smoothing([0, 1]).apply(image[:20, :30], target, 1, 0.0) == copied


def test_images_interleaved_in_one_array_are_not_copied():
    pixels = values((50, 60, 3), "f4", 9)
    assert smoothing([0, 1]).apply(pixels[..., 0], pixels[..., 1], 1, 0.0) == 0
    columns = values((50, 8, 60), "f4", 9)
    assert smoothing([0, 1]).apply(columns[:, 3], columns[:, 4], 1, 0.0) == 0


def test_shapes_are_checked_below_python_too():
    with pytest.raises(ValueError, match="shape"):
        smoothing([0, 1]).apply(np.zeros((3, 4)), np.zeros((4, 3)), 1, 0.0)
    with pytest.raises(ValueError, match="axis 2"):
        smoothing([0, 2]).apply(np.zeros((3, 4)), np.zeros((3, 4)), 1, 0.0)
