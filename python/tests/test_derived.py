"""``gaussian_laplace`` and ``gaussian_gradient_magnitude`` against scipy, and where scipy is wrong against what it documents."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import COMPLEX, FLOATS, MODES, REAL, SIGMAS, is_undefined, laid, outputs, shapes, values

FUNCTIONS = ("gaussian_laplace", "gaussian_gradient_magnitude")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@st.composite
def parameters(draw, ndim):
    def per_axis(each):
        return draw(each) if draw(st.booleans()) else [draw(each) for _ in range(ndim)]

    return {
        "sigma": per_axis(st.one_of(st.floats(*SIGMAS), st.sampled_from((0, -1.0)))),
        "mode": per_axis(st.sampled_from(MODES)),
        "cval": draw(st.sampled_from((0.0, 1.5))),
        "truncate": draw(st.sampled_from((4.0, 2))),
        "radius": per_axis(st.sampled_from((None, 0, 3))),
    }


@pytest.mark.parametrize("function", FUNCTIONS)
@given(st.data())
def test_scipy_s_bits(function, data):
    shape = data.draw(shapes())
    complex_ones = data.draw(st.sampled_from((False, False, False, True)))
    dtypes = COMPLEX if complex_ones else REAL
    image = data.draw(laid(values(shape, data.draw(st.sampled_from(dtypes)), data.draw(st.integers(0, 2**32)))))
    output = data.draw(outputs(shape, dtypes))
    kwargs = data.draw(parameters(len(shape)))
    assume(not is_undefined(image, output, kwargs["sigma"]))
    copied = output.copy() if isinstance(output, np.ndarray) else output
    try:
        expected = getattr(scipy.ndimage, function)(image, output=copied, **kwargs)
    except TypeError as error:
        # Integers that numpy does not convert when it adds: `uint64 += float64` of a temporary output.
        pytest.fail(f"scipy: {error}")
    found = getattr(gausstack, function)(image, output=output, **kwargs, precision="double")
    same_bits(found, expected)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "c8"])
def test_in_place_and_overlapping_as_apart(function, dtype):
    image = values((60, 70), dtype, 1)
    filtered = getattr(gausstack, function)
    expected = filtered(image, 1.5, precision="double")
    own = image.copy()
    same_bits(filtered(own, 1.5, output=own, precision="double"), expected)
    long = np.concatenate([image, image[:1]])
    same_bits(filtered(long[:-1], 1.5, output=long[1:], precision="double"), expected)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_float32_is_close_to_float64(function):
    for shape, kwargs in (((200, 300), {"sigma": (2, 3)}), ((40, 50, 60), {"sigma": 1.5, "mode": "mirror"})):
        image = values(shape, "f4", 2)
        found = getattr(gausstack, function)(image, **kwargs)
        expected = getattr(scipy.ndimage, function)(image.astype("f8"), **kwargs)
        # Each term is within 2e-7 max|x| sum|w| per axis; the weights of these derivatives come to less than 1.
        assert found.dtype == np.float32
        assert np.abs(found - expected).max() <= len(shape) ** 2 * 2.6e-7 * np.abs(image).max()


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4"])
def test_axes_that_are_not_listed_are_left_alone(dtype):
    stack = values((30, 5, 40), dtype, 3)
    for function in FUNCTIONS:
        filtered = getattr(gausstack, function)
        found = filtered(stack, (1.5, 2), axes=(0, -1), mode=["wrap", "mirror"], precision="double")
        for i in range(5):
            expected = getattr(scipy.ndimage, function)(stack[:, i], (1.5, 2), mode=["wrap", "mirror"])
            same_bits(found[:, i], expected)


def test_laplacian_of_the_listed_axes_is_scipy_s():
    image = values((20, 21, 22), "f8", 4)
    for axes in ((0, 2), (2, 0), 1, (), None, -1):
        expected = scipy.ndimage.gaussian_laplace(image, 1.5, axes=axes)
        same_bits(gausstack.gaussian_laplace(image, 1.5, axes=axes), expected)


@pytest.mark.parametrize("dtype", FLOATS)
def test_workers_have_the_same_bits(dtype):
    image = values((500, 600), dtype, 5)
    for function in FUNCTIONS:
        filtered = getattr(gausstack, function)
        same_bits(filtered(image, 2, workers=3), filtered(image, 2))


def test_missing_pixels_are_refused():
    with pytest.raises(ValueError, match="order 0"):
        gausstack.gaussian_laplace(np.ones((5, 5)), 1, missing="ignore")


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "modes", [("reflect", "reflect", "wrap"), ("wrap", "nearest", "mirror"), ("constant", "wrap", "reflect")]
)
def test_volumes_with_a_mode_for_each_derivative(function, modes):
    for shape in ((21, 1, 1), (40, 8, 8), (64, 64, 64)):
        for dtype in ("f4", "u1"):
            image = values(shape, dtype, 6)
            expected = getattr(scipy.ndimage, function)(image.astype("f8"), 1, mode=modes)
            filtered = getattr(gausstack, function)
            for workers in (1, 2):
                if dtype == "f4":
                    found = filtered(image, 1, mode=modes, workers=workers)
                    assert np.abs(found - expected).max() <= 9 * 2.6e-7 * np.abs(image).max()
                else:
                    found = filtered(image, 1, mode=modes, workers=workers, rounding="nearest")
                    assert np.abs(found - expected.clip(0, 255)).max() <= 0.5 + 1e-3


@pytest.mark.parametrize("function", FUNCTIONS)
def test_terms_that_are_the_image_are_rounded_once(function):
    image = values((30, 40), "u1", 7)
    found = getattr(gausstack, function)(image, 0, rounding="nearest")
    wide = image.astype("f8")
    expected = 2 * wide if function == "gaussian_laplace" else np.sqrt(2 * wide**2)
    assert np.abs(found - expected.clip(0, 255)).max() <= 0.5 + 1e-4
