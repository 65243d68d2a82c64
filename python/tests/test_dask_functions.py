"""All functions on Dask arrays: halos of their own, masks, axes of unknown length, xarray's labels."""

from __future__ import annotations

import dask.array as da
import gausstack
import gausstack.dask
import numpy as np
import pytest
import xarray
from bits import same_bits
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import COMPLEX, MODES, REAL, SIGMAS, shapes, values
from test_dask import chunks

some = settings(max_examples=settings.default.max_examples // 3)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def in_chunks(data, image):
    return da.from_array(image, chunks=tuple(data.draw(chunks(length)) for length in image.shape))


def same_as_whole(name, x, image, *args, **kwargs):
    """The bits, the type and the chunks of the call on the whole array."""
    y = getattr(gausstack.dask, name)(x, *args, **kwargs)
    expected = getattr(gausstack, name)(image, *args, **kwargs)
    assert (y.shape, y.dtype, y.chunks) == (x.shape, expected.dtype, x.chunks)
    same_bits(y.compute(scheduler="sync"), expected)


@some
@given(st.data())
def test_correlations(data):
    """Weights of any number about any origin reach as far before a pixel as they do, and behind it."""
    shape = data.draw(shapes(least=1, most=3))
    image = values(shape, data.draw(st.sampled_from((*REAL, *COMPLEX))), data.draw(st.integers(0, 2**32)))
    count = data.draw(st.integers(1, 9))
    weights = values(count, "c16" if image.dtype.kind == "c" else "f8", 1)
    kwargs = {
        "axis": data.draw(st.integers(-len(shape), len(shape) - 1)),
        "mode": data.draw(st.sampled_from(MODES)),
        "cval": 1.5,
        "precision": data.draw(st.sampled_from(("native", "double"))),
    }
    x = in_chunks(data, image)
    origins = range(-(count // 2), (count - 1) // 2 + 1)
    same_as_whole("correlate1d", x, image, weights, origin=data.draw(st.sampled_from(origins)), **kwargs)
    same_as_whole("convolve1d", x, image, weights, origin=data.draw(st.sampled_from(origins)), **kwargs)


@some
@given(st.data())
def test_one_axis(data):
    shape = data.draw(shapes(least=1, most=3))
    image = values(shape, data.draw(st.sampled_from((*REAL, *COMPLEX))), data.draw(st.integers(0, 2**32)))
    kwargs = {
        "axis": data.draw(st.integers(-len(shape), len(shape) - 1)),
        "order": data.draw(st.integers(0, 2)) if image.dtype.kind in "fc" else 0,
        "mode": data.draw(st.sampled_from(MODES)),
        "cval": 1.5,
        "truncate": data.draw(st.sampled_from((4.0, 2))),
        "radius": data.draw(st.sampled_from((None, 0, 3))),
    }
    same_as_whole("gaussian_filter1d", in_chunks(data, image), image, data.draw(st.floats(*SIGMAS)), **kwargs)


@pytest.mark.parametrize("name", ["gaussian_laplace", "gaussian_gradient_magnitude"])
@some
@given(st.data())
def test_derived(name, data):
    shape = data.draw(shapes(least=1, most=3))
    image = values(shape, data.draw(st.sampled_from((*REAL, *COMPLEX))), data.draw(st.integers(0, 2**32)))
    axes = sorted(data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1)))

    def per_axis(each):
        return data.draw(each) if data.draw(st.booleans()) else [data.draw(each) for _ in axes]

    kwargs = {
        "axes": axes,
        "sigma": per_axis(st.one_of(st.floats(*SIGMAS), st.sampled_from((0, -1.0)))),
        "mode": per_axis(st.sampled_from(MODES)),
        "cval": 1.5,
        "radius": per_axis(st.sampled_from((None, 0, 3))),
    }
    x = in_chunks(data, image)
    if image.dtype.kind == "c" and name == "gaussian_gradient_magnitude":
        # Products of complex numbers are numpy's.
        found = gausstack.dask.gaussian_gradient_magnitude(x, **kwargs).compute(scheduler="sync")
        np.testing.assert_allclose(found, gausstack.gaussian_gradient_magnitude(image, **kwargs), rtol=1e-4, atol=1e-5)
    else:
        same_as_whole(name, x, image, **kwargs)


@some
@given(st.data())
def test_stacks(data):
    shape = data.draw(shapes(least=2, most=3))
    image = values(shape, data.draw(st.sampled_from(REAL)), data.draw(st.integers(0, 2**32)))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    kwargs = {"mode": data.draw(st.sampled_from(MODES)), "missing": data.draw(st.sampled_from(("propagate", "ignore")))}
    if data.draw(st.booleans()):
        slice_shape = np.delete(shape, axis)
        kwargs["mask"] = np.random.default_rng(1).random(slice_shape) > 0.3
    same_as_whole("gaussian_filter_stack", in_chunks(data, image), image, 1.5, axis, **kwargs)


@some
@given(st.data())
def test_masks(data):
    """Of the array's shape or broadcast to it, in memory or in chunks of their own."""
    shape = data.draw(shapes(least=1, most=3))
    image = values(shape, data.draw(st.sampled_from(REAL)), data.draw(st.integers(0, 2**32)))
    mask_shape = [n if data.draw(st.booleans()) else 1 for n in shape][data.draw(st.integers(0, len(shape))) :]
    mask = np.random.default_rng(2).random(mask_shape) > 0.3 if mask_shape else True
    kwargs = {
        "axes": sorted(data.draw(st.sets(st.integers(0, len(shape) - 1)))),
        "mode": data.draw(st.sampled_from(MODES)),
        "missing": data.draw(st.sampled_from(("propagate", "ignore", "keep"))),
        "rounding": data.draw(st.sampled_from(("scipy", "nearest"))),
    }
    x = in_chunks(data, image)
    expected = gausstack.gaussian_filter(image, 1.5, mask=mask, **kwargs)
    in_memory = gausstack.dask.gaussian_filter(x, 1.5, mask=mask, **kwargs)
    assert (in_memory.chunks, in_memory.dtype) == (x.chunks, x.dtype)
    same_bits(in_memory.compute(scheduler="sync"), expected)
    if mask_shape:
        lazily = gausstack.dask.gaussian_filter(x, 1.5, mask=in_chunks(data, mask), **kwargs)
        same_bits(lazily.compute(scheduler="sync"), expected)


def test_masked_arrays():
    image = values((60, 70), "f4", 3)
    gone = np.random.default_rng(1).random((60, 70)) < 0.2
    masked = np.ma.masked_array(np.where(gone, np.float32(1e20), image), gone)
    x = da.from_array(masked, chunks=25)
    with pytest.raises(ValueError, match="masked arrays"):
        gausstack.dask.gaussian_filter(x, 2)
    with pytest.raises(ValueError, match="masked arrays"):
        gausstack.dask.gaussian_laplace(x, 2)
    same_bits(
        gausstack.dask.gaussian_filter(x, 2, missing="ignore").compute(),
        gausstack.gaussian_filter(masked, 2, missing="ignore"),
    )
    kept = gausstack.dask.gaussian_filter(x, 2, missing="keep").compute()
    expected = gausstack.gaussian_filter(masked, 2, missing="keep")
    np.testing.assert_array_equal(kept.mask, gone)
    same_bits(kept.data[~gone], expected.data[~gone])
    # Masked arrays that the array does not know of are not filtered in silence either.
    hidden = da.from_array(np.zeros((60, 70), "f4"), chunks=25).map_blocks(
        lambda block: np.ma.masked_array(block, block == 0), dtype="f4", meta=np.zeros((0, 0), "f4")
    )
    with pytest.raises(ValueError, match="are masked"):
        gausstack.dask.gaussian_filter(hidden, 2, axes=()).compute()


@pytest.mark.parametrize(
    ("mask", "error", "named"),
    [
        (np.ones((30, 40), "u1"), TypeError, "not of uint8"),
        (da.ones((30, 40), dtype="u1"), TypeError, "not of uint8"),
        (np.ones((40, 30), bool), ValueError, "does not broadcast"),
        (da.ones((40, 30), dtype=bool), ValueError, r"does not broadcast to the input's \(30, 40\) along axis 0"),
        (np.ones((2, 30, 40), bool), ValueError, "does not broadcast"),
        (False, ValueError, "leaves all pixels out"),
        (da.from_array(np.ma.ones((30, 40), dtype=bool)), TypeError, "masked arrays itself"),
    ],
)
def test_what_is_no_mask(mask, error, named):
    with pytest.raises(error, match=named):
        gausstack.dask.gaussian_filter(da.zeros((30, 40), chunks=10), 1, mask=mask)


def test_loop_axes_of_unknown_length():
    stack = values((30, 40, 50), "f4", 4)
    chosen = stack[stack[:, 0, 0] > 0]
    x = da.from_array(stack, chunks=(7, 20, 25))
    x = x[x[:, 0, 0] > 0]
    assert np.isnan(x.shape[0])
    for name, args, kwargs in (
        ("gaussian_filter", (2,), {"axes": (1, 2)}),
        ("gaussian_filter", (2,), {"axes": (1, 2), "mode": "wrap"}),
        # Axes that become one chunk, and chunks that are merged.
        ("gaussian_filter", ((20, 6),), {"axes": (1, 2)}),
        ("gaussian_laplace", ((1, 6),), {"axes": (1, 2), "mode": ["wrap", "reflect"]}),
        ("gaussian_filter", ((20, 6),), {"axes": (1, 2), "mask": stack[0] > 0}),
        ("gaussian_filter", (0,), {}),
        ("gaussian_filter", (2,), {"axes": 1, "mask": stack[0] > 0}),
        ("gaussian_filter1d", (2,), {}),
        ("gaussian_filter_stack", ((1, 2),), {}),
        ("gaussian_filter_stack", ((1, 2),), {"mask": stack[0] > 0}),
        ("gaussian_laplace", (2,), {"axes": (1, 2)}),
        ("gaussian_gradient_magnitude", (2,), {"axes": (1, 2)}),
        ("correlate1d", ([1, 2],), {"axis": 1}),
        ("convolve1d", ([1, 2],), {"axis": 2, "mode": "wrap"}),
    ):
        y = getattr(gausstack.dask, name)(x, *args, **kwargs)
        same_bits(y.compute(), getattr(gausstack, name)(chosen, *args, **kwargs))
    with pytest.raises(ValueError, match="axis 0 is filtered and of unknown length"):
        gausstack.dask.gaussian_laplace(x, 2)
    with pytest.raises(ValueError, match="along axis 0"):
        gausstack.dask.gaussian_filter(x, 2, axes=(1, 2), mask=stack > 0)


@pytest.mark.parametrize(
    ("name", "args"),
    [("gaussian_filter", (1,)), ("gaussian_laplace", (1,)), ("correlate1d", ([1, 2],)), ("gaussian_filter1d", (1,))],
)
def test_nothing_is_computed_before_it_is_asked_for(name, args):
    def refuse(block):
        raise AssertionError("computed")

    x = da.zeros((100, 100), chunks=50, dtype="f4").map_blocks(refuse, dtype="f4", meta=np.zeros((0, 0), "f4"))
    y = getattr(gausstack.dask, name)(x, *args)
    with pytest.raises(AssertionError, match="computed"):
        y.compute()


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "error"),
    [
        ("gaussian_filter1d", (1, 5), {}, np.exceptions.AxisError),
        ("gaussian_filter1d", (1,), {"mode": "edge"}, RuntimeError),
        ("gaussian_filter_stack", ((1, 2, 3),), {}, RuntimeError),
        ("gaussian_laplace", (1,), {"missing": "ignore"}, ValueError),
        ("gaussian_laplace", ((1, 2, 3),), {}, RuntimeError),
        ("gaussian_gradient_magnitude", (1,), {"radius": -1}, ValueError),
        ("correlate1d", ([1, 2],), {"origin": 5}, ValueError),
        ("correlate1d", ([1, -2],), {"missing": "ignore"}, ValueError),
        ("convolve1d", ([],), {}, RuntimeError),
        ("gaussian_filter", (1,), {"order": 1, "mask": True}, ValueError),
        ("gaussian_filter", (1,), {"derivatives": "all"}, ValueError),
    ],
)
def test_mistakes_are_found_at_once(name, args, kwargs, error):
    with pytest.raises(error):
        getattr(gausstack.dask, name)(da.zeros((30, 40), chunks=10), *args, **kwargs)


def test_labels_of_xarray():
    image = values((4, 40, 50), "f4", 5)
    labelled = xarray.DataArray(
        image, dims=("time", "y", "x"), coords={"time": [3, 4, 5, 6], "x": np.arange(50) / 2}, name="t"
    )
    for data in (labelled, labelled.chunk({"time": 2, "y": 20, "x": 25})):
        dims = ["y", "x"]
        smooth = xarray.apply_ufunc(
            gausstack.dask.gaussian_filter if data.chunks else gausstack.gaussian_filter,
            data,
            kwargs={"sigma": (3, 5), "axes": (-2, -1)},
            input_core_dims=[dims],
            output_core_dims=[dims],
            dask="allowed",
            keep_attrs=True,
        )
        assert smooth.dims == labelled.dims and smooth.name == "t"
        xarray.testing.assert_equal(smooth.coords.to_dataset(), labelled.coords.to_dataset())
        same_bits(np.asarray(smooth), gausstack.gaussian_filter(image, (3, 5), axes=(1, 2)))
    # Without it the values alone are filtered.
    same_bits(gausstack.gaussian_filter(labelled, 1), gausstack.gaussian_filter(image, 1))


def test_all_of_the_package_s_filters_take_dask_arrays():
    filters = {
        name for name in gausstack.__all__ if name not in ("filter_file", "radius", "set_workers", "get_workers")
    }
    assert set(gausstack.dask.__all__) == filters
