"""Gaussians that are truncated nowhere, to a tolerance."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import scipy.ndimage


def ideal(image, sigma, axis, order=0, mode="reflect"):
    """scipy's filter with weights of twelve sigmas."""
    return scipy.ndimage.gaussian_filter1d(image.astype(np.float64), sigma, axis, order, mode=mode, truncate=12.0)


@pytest.fixture
def image():
    return np.random.default_rng(1).random((150, 210))


@pytest.mark.parametrize("mode", ["reflect", "mirror", "nearest", "wrap", "constant"])
@pytest.mark.parametrize("sigma", [1.0, 7.5, 16.0, 60.0])
@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-10])
def test_images_are_within_the_tolerance(image, mode, sigma, tolerance):
    right = ideal(ideal(image, sigma, 0, mode=mode), sigma, 1, mode=mode)
    found = gausstack.gaussian_filter(image, sigma, mode=mode, ideal=tolerance)
    assert np.abs(found - right).max() <= tolerance + 1e-14
    if tolerance > 1e-7:
        found = gausstack.gaussian_filter(image.astype(np.float32), sigma, mode=mode, ideal=tolerance)
        assert np.abs(found - right).max() <= tolerance + 8e-7


def test_single_axes_and_stacks(image):
    found = gausstack.gaussian_filter1d(image, 20, 0, ideal=1e-8)
    assert np.abs(found - ideal(image, 20, 0)).max() <= 1e-8
    stack = np.stack([image, image[::-1]], axis=1)
    found = gausstack.gaussian_filter_stack(stack, 20, axis=1, ideal=1e-8)
    assert np.array_equal(found[:, 0], gausstack.gaussian_filter(image, 20, ideal=1e-8))


def test_derivatives(image):
    along = [ideal(ideal(image, 12, axis, 2), 12, 1 - axis) for axis in (0, 1)]
    found = gausstack.gaussian_laplace(image, 12, ideal=1e-8)
    assert np.abs(found - sum(along)).max() <= 2e-8 / 144
    along = [ideal(ideal(image, 12, axis, 1), 12, 1 - axis) for axis in (0, 1)]
    found = gausstack.gaussian_gradient_magnitude(image, 12, ideal=1e-8)
    assert np.abs(found - np.hypot(*along)).max() <= 2e-8 / 12


def test_missing_pixels(image):
    image[np.random.default_rng(2).random(image.shape) < 0.3] = np.nan
    valid = np.isfinite(image)
    both = [ideal(ideal(part, 30, 0), 30, 1) for part in (np.where(valid, image, 0), valid)]
    found = gausstack.gaussian_filter(image, 30, missing="ignore", ideal=1e-8)
    assert np.abs(found - both[0] / both[1]).max() <= 4e-8


def test_integers_are_rounded_once():
    flat = np.full((90, 80), 255, dtype=np.uint8)
    assert (gausstack.gaussian_filter(flat, 17, rounding="nearest", ideal=1e-6) == 255).all()
    with pytest.raises(ValueError, match="rounds u8 once"):
        gausstack.gaussian_filter(flat, 17, ideal=1e-6)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"ideal": 0}, "above 0 and below 1"),
        ({"ideal": 1}, "above 0 and below 1"),
        ({"ideal": np.nan}, "above 0 and below 1"),
        ({"ideal": 1e-6, "radius": 5}, "radius is for truncated kernels"),
        ({"ideal": 1e-6, "order": 3}, "orders of at most 2"),
        ({"ideal": 1e-6, "order": 1, "derivatives": "exact"}, "for truncated kernels"),
        ({"ideal": 1e-9}, "at least 1e-7 for sums in f32"),
    ],
)
def test_what_cannot_be_done_is_an_error(parameters, words):
    with pytest.raises(ValueError, match=words):
        gausstack.gaussian_filter(np.ones((20, 30), dtype=np.float32), 3, **parameters)


def test_a_tolerance_is_a_number():
    with pytest.raises(TypeError, match="ideal must be a real number"):
        gausstack.gaussian_filter(np.ones((20, 30)), 3, ideal="small")


@pytest.mark.parametrize("mode", ["reflect", "wrap", "constant"])
def test_dask_arrays_have_the_bits_of_the_whole(image, mode):
    da = pytest.importorskip("dask.array")
    import gausstack.dask

    stack = np.stack([image, image[::-1], 1 - image], axis=1).astype(np.float32)
    x = da.from_array(stack, chunks=(40, 2, 90))
    calls = [
        ("gaussian_filter", ((9, 20),), {"axes": (0, 2)}),
        ("gaussian_filter", ((1, 20),), {"axes": (0, 2), "order": (0, 1)}),
        ("gaussian_filter1d", (12, 2), {}),
        ("gaussian_filter_stack", (9, 1), {}),
        ("gaussian_laplace", (12,), {"axes": (0, 2)}),
        ("gaussian_gradient_magnitude", (12,), {"axes": (0, 2)}),
    ]
    for name, arguments, parameters in calls:
        parameters = {"mode": mode, "ideal": 1e-5, **parameters}
        found = getattr(gausstack.dask, name)(x, *arguments, **parameters)
        assert found.chunks == x.chunks
        whole = getattr(gausstack, name)(stack, *arguments, **parameters)
        assert np.array_equal(found.compute(scheduler="sync"), whole), name
    with pytest.raises(ValueError, match="radius is for truncated kernels"):
        gausstack.dask.gaussian_filter(x, 9, axes=(0, 2), ideal=1e-5, radius=3)


def test_files_have_the_bits_of_the_array(image, tmp_path):
    stack = np.stack([image, image[::-1]], axis=1).astype(np.float32)
    np.save(tmp_path / "in.npy", stack)
    gausstack.filter_file(tmp_path / "in.npy", tmp_path / "out.npy", 20, 1, ideal=1e-5)
    assert np.array_equal(np.load(tmp_path / "out.npy"), gausstack.gaussian_filter_stack(stack, 20, 1, ideal=1e-5))
