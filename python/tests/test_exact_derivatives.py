"""``derivatives="exact"``: weights that are exact on polynomials, against sums in rational numbers."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import dask.array as da
import gausstack
import gausstack.dask
import numpy as np
import pytest
from bits import same_bits
from gausstack._kernel import exact_weights1d, gaussian_kernel1d
from strategies import values


def moment(weights, power):
    """The sum of w(k) k^power, without rounding."""
    radius = len(weights) // 2
    return sum(Fraction(float(w)) * (k - radius) ** power for k, w in enumerate(weights))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("sigma", [0.1, 0.2, 0.3, 0.5, 1, 1.7, 3, 10, 60.5])
@pytest.mark.parametrize("truncate", [2, 4, 6])
def test_moments(order, sigma, truncate):
    radius = max(int(truncate * sigma + 0.5), (order + 1) // 2)
    weights = exact_weights1d(sigma, order, radius)
    for power in range(order + 1):
        scale = float(sum(abs(Fraction(float(w))) * abs(k - radius) ** power for k, w in enumerate(weights)))
        expected = factorial(order) if power == order else 0
        assert abs(float(moment(weights, power)) - expected) <= 1e-13 * scale
    # Even or odd, to the last bit.
    same_bits(weights + 0.0, (-1.0) ** order * weights[::-1] + 0.0)


def test_weights_are_the_projection_that_they_are_said_to_be():
    """By least squares under the Gaussian: a polynomial's coefficient of degree n, times n!."""
    for sigma, order, radius in ((1, 1, 4), (1, 2, 4), (2.5, 2, 10), (3, 3, 12)):
        x = np.arange(-radius, radius + 1.0)
        gaussian = gaussian_kernel1d(sigma, 0, radius)
        powers = x[:, np.newaxis] ** np.arange(order + 1)
        solve = np.linalg.solve(powers.T @ (gaussian[:, np.newaxis] * powers), powers.T * gaussian)
        np.testing.assert_allclose(
            exact_weights1d(sigma, order, radius), factorial(order) * solve[order], rtol=1e-10, atol=1e-14
        )


def test_they_are_close_to_the_truncated_ones():
    for order in (1, 2, 3):
        wide = gaussian_kernel1d(5.0, order, 60)[::-1]
        np.testing.assert_allclose(exact_weights1d(5.0, order, 60), wide, rtol=0, atol=1e-10)


@pytest.mark.parametrize("sigma", [1, 2, 3, 10])
def test_a_flat_image_has_no_laplacian(sigma):
    flat = np.full((120, 130), 1000.0)
    truncated = gausstack.gaussian_laplace(flat, sigma)[60, 60]
    assert truncated < -1e-3
    assert np.abs(gausstack.gaussian_laplace(flat, sigma, truncate=6)).max() < 4e-3 * abs(truncated)
    assert np.abs(gausstack.gaussian_laplace(flat, sigma, derivatives="exact")).max() < 1e-11
    assert np.abs(gausstack.gaussian_gradient_magnitude(flat, sigma, derivatives="exact")).max() < 1e-11
    as_float32 = gausstack.gaussian_laplace(flat.astype("f4"), sigma, derivatives="exact")
    # (Sums of float32: 2e-7 of 1000 and of the weights, which come to 2 for each term.)
    assert np.abs(as_float32).max() < 1e-3


def test_the_figures_of_the_documentation():
    flat, x = np.full((120, 120), 1000.0), np.arange(200.0)
    assert round(float(gausstack.gaussian_laplace(flat, 1)[60, 60]), 2) == -0.14
    assert float(gausstack.gaussian_laplace(flat, 1, truncate=6)[60, 60]) == pytest.approx(-4.2e-4, rel=0.05)
    assert float(gausstack.gaussian_filter(flat, 1, order=(2, 0))[60, 60]) == pytest.approx(-0.07, rel=0.05)
    assert float(gausstack.gaussian_filter(flat, 1, order=(2, 0), truncate=6)[60, 60]) == pytest.approx(
        -2.1e-4, rel=0.05
    )
    bends = {
        kw.get("truncate", 4): float(gausstack.gaussian_filter1d(x * x, 3, order=2, **kw)[100])
        for kw in ({}, {"truncate": 6})
    }
    assert bends == pytest.approx({4: 1.40255, 6: 1.99997}, abs=1e-5)
    assert float(gausstack.gaussian_filter1d(x * x, 3, order=2, derivatives="exact")[100]) == pytest.approx(
        2, abs=1e-10
    )


def test_slopes_and_curvatures():
    y, x = np.mgrid[:60, :70].astype("f8")
    image = 3 * y + 4 * x + 5 * y * y - 2 * x * x + x * y
    inner = (slice(20, 40), slice(20, 50))
    for filtered in (
        lambda order: gausstack.gaussian_filter(image, (1, 2), order=order, derivatives="exact"),
        lambda order: gausstack.gaussian_filter_stack(image[np.newaxis], (1, 2), order=order, derivatives="exact")[0],
        lambda order: gausstack.dask.gaussian_filter(
            da.from_array(image, chunks=25), (1, 2), order=order, derivatives="exact"
        ).compute(),
    ):
        np.testing.assert_allclose(filtered((1, 0))[inner], (3 + 10 * y + x)[inner], rtol=1e-11)
        np.testing.assert_allclose(filtered((2, 0))[inner], 10, rtol=1e-9)
        np.testing.assert_allclose(filtered((1, 1))[inner], 1, rtol=1e-9)
    for laplace in (
        gausstack.gaussian_laplace(image, (1, 2), derivatives="exact"),
        gausstack.dask.gaussian_laplace(da.from_array(image, chunks=25), (1, 2), derivatives="exact").compute(),
    ):
        np.testing.assert_allclose(laplace[inner], 6, rtol=1e-9)
    plane = 3 * y + 4 * x
    np.testing.assert_allclose(
        gausstack.gaussian_gradient_magnitude(plane, 0.5, derivatives="exact")[inner], 5, rtol=1e-12
    )


def test_order_0_is_the_same():
    image = values((40, 50), "f4", 1)
    same_bits(gausstack.gaussian_filter(image, 2, derivatives="exact"), gausstack.gaussian_filter(image, 2))


def test_too_few_samples():
    image, out = np.ones((20, 30)), np.full((20, 30), 7.0)
    with pytest.raises(ValueError, match="order 3 needs a radius of at least 2, found 1 along axis 1"):
        gausstack.gaussian_filter(image, 1, order=(0, 3), radius=1, derivatives="exact", output=out)
    with pytest.raises(ValueError, match="order 2 needs a radius of at least 1, found 0 along axis 0"):
        gausstack.gaussian_laplace(image, 0.05, derivatives="exact", output=out)
    with pytest.raises(ValueError, match=r"sigma 0.01 leaves too few weights above 0"):
        gausstack.gaussian_filter1d(image, 0.01, order=2, radius=3, derivatives="exact", output=out)
    assert np.all(out == 7)
    assert gausstack.gaussian_filter(image, 1, order=(0, 2), radius=1, derivatives="exact").max() < 1e-12
