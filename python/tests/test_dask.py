"""Dask arrays: the bits of the call on the whole array, for every chunking and scheduler."""

from __future__ import annotations

import dask
import dask.array as da
import gausstack
import gausstack.dask
import numpy as np
import pytest
from bits import same_bits
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import CASTS_AS_X86, COMPLEX, REAL, gaussians, shapes, values


@st.composite
def chunks(draw, length):
    if length == 0:
        return (0,)
    cuts = sorted(draw(st.sets(st.integers(1, max(1, length - 1)), max_size=5)))
    edges = [0, *(cut for cut in cuts if cut < length), length]
    return tuple(np.diff(edges).tolist())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=settings.default.max_examples // 3)
@given(st.data())
def test_any_chunks_have_the_same_bits(data):
    shape = data.draw(shapes(least=1, most=3))
    dtype = data.draw(st.sampled_from((*REAL, *COMPLEX)))
    image = values(shape, dtype, data.draw(st.integers(0, 2**32)))
    kwargs = data.draw(gaussians(shape, CASTS_AS_X86))
    kwargs["precision"] = data.draw(st.sampled_from(("native", "double")))
    x = da.from_array(image, chunks=tuple(data.draw(chunks(length)) for length in shape))
    y = gausstack.dask.gaussian_filter(x, **kwargs)
    assert (y.shape, y.dtype, y.chunks) == (x.shape, x.dtype, x.chunks)
    with dask.config.set(scheduler="threads"):
        found = y.compute()
    same_bits(found, gausstack.gaussian_filter(image, **kwargs))


@pytest.mark.parametrize("mode", ["reflect", "mirror", "nearest", "wrap", "constant", ["wrap", "mirror"]])
@pytest.mark.parametrize("sigma", [1, (0.5, 4), (15, 1), (30, 30)])
def test_modes_hold_at_the_border_of_the_array_alone(mode, sigma):
    image = values((40, 52), "f4", 1)
    expected = gausstack.gaussian_filter(image, sigma, mode=mode, cval=3)
    for size in (60, 26, 13, 5, (1, 52)):
        x = da.from_array(image, chunks=size)
        y = gausstack.dask.gaussian_filter(x, sigma, mode=mode, cval=3)
        same_bits(y.compute(), expected)


@pytest.mark.parametrize("kwargs", [{"missing": "ignore"}, {"rounding": "nearest", "axes": 1}, {"workers": 2}])
def test_other_parameters(kwargs):
    image = values((100, 130), "f4", 2)
    image[40:60, 50:70] = np.nan if "missing" in kwargs else 1
    image = image if "rounding" not in kwargs else (100 * image).astype("i2")
    y = gausstack.dask.gaussian_filter(da.from_array(image, chunks=32), 3, **kwargs)
    same_bits(y.compute(), gausstack.gaussian_filter(image, 3, **kwargs))


def test_nothing_is_computed_before_it_is_asked_for():
    def refuse(block):
        raise AssertionError("computed")

    x = da.zeros((100, 100), chunks=50, dtype="f4").map_blocks(refuse, dtype="f4", meta=np.zeros((0, 0), "f4"))
    y = gausstack.dask.gaussian_filter(x, 2)
    assert isinstance(y._meta, np.ndarray) and y._meta.dtype == np.float32
    with pytest.raises(AssertionError, match="computed"):
        y.compute()


def test_halos_are_no_wider_than_the_radius():
    widths = []
    x = da.zeros((300, 400), chunks=100, dtype="f4")
    original = gausstack._filters.gaussian_filter

    def filtered(block, **kwargs):
        widths.append(block.shape)
        return original(block, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gausstack._filters, "gaussian_filter", filtered)
        gausstack.dask.gaussian_filter(x, 3, axes=1).compute()
    # One call of one pixel checks the parameters.
    assert max(widths) == (100, 100 + 2 * gausstack.radius(3))


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"sigma": (1, 2, 3)}, RuntimeError),
        ({"sigma": 1, "mode": "edge"}, RuntimeError),
        ({"sigma": 1, "axes": 5}, ValueError),
        ({"sigma": 1, "radius": -1}, ValueError),
        ({"sigma": 1, "workers": 0}, ValueError),
        ({"sigma": 1, "precision": "half"}, ValueError),
        ({"sigma": 1, "cval": "a"}, TypeError),
        ({"sigma": 0, "precision": "half"}, ValueError),
        ({"sigma": 0, "workers": 0}, ValueError),
    ],
)
def test_mistakes_are_found_at_once(kwargs, error):
    with pytest.raises(error):
        gausstack.dask.gaussian_filter(da.zeros((30, 40), chunks=10), **kwargs)


def test_types_and_lengths_that_are_refused():
    with pytest.raises(RuntimeError, match="float16"):
        gausstack.dask.gaussian_filter(da.zeros((30, 40), chunks=10, dtype="f2"), 1)
    x = da.zeros((30, 40), chunks=10)
    with pytest.raises(ValueError, match=r"axis 0 is filtered and of unknown length.*compute_chunk_sizes"):
        gausstack.dask.gaussian_filter(x[x[:, 0] == 0], 1)


@pytest.mark.parametrize("sigma", [1, 0])
def test_types_are_those_of_the_results(sigma):
    image = values((40, 50), "f8", 5)
    x = da.from_array(image, chunks=(10, 25)).astype(">f8")
    y = gausstack.dask.gaussian_filter(x, sigma)
    assert y.dtype == y.compute().dtype == np.float64
    same_bits(y.compute(), gausstack.gaussian_filter(image, sigma))


def test_array_likes_and_no_axes():
    y = gausstack.dask.gaussian_filter([[1.0, 2], [3, 4]], 1)
    same_bits(y.compute(), gausstack.gaussian_filter([[1.0, 2], [3, 4]], 1))
    x = da.zeros((30, 40), chunks=10)
    assert gausstack.dask.gaussian_filter(x, 0).compute().shape == (30, 40)


def test_two_processes():
    """Arrays that travel between processes are unaligned as a rule."""
    distributed = pytest.importorskip("distributed")
    image = values((200, 300), "f4", 3)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        scattered = client.scatter(image)
        direct = client.submit(gausstack.gaussian_filter, scattered, (3, 5))
        same_bits(direct.result(), gausstack.gaussian_filter(image, (3, 5)))
        for mode in ("reflect", "wrap"):
            x = da.from_array(image, chunks=(64, 70))
            y = gausstack.dask.gaussian_filter(x, (3, 5), mode=mode)
            same_bits(client.compute(y).result(), gausstack.gaussian_filter(image, (3, 5), mode=mode))


@pytest.mark.parametrize(
    ("sigma", "truncate", "expected"),
    [
        (1, 4.0, 4),
        (0.124, 4.0, 0),
        (0.125, 4.0, 1),
        (1.125, 4.0, 5),
        (0, 4.0, 0),
        (-3, 4.0, 0),
        (float("nan"), 4, 0),
        ((1, 2.5), 3, (3, 8)),
        ([], 4, ()),
        (np.array([3.0, 5.0]), 4, (12, 20)),
        (np.float32(2), 4, 8),
    ],
)
def test_radius(sigma, truncate, expected):
    assert gausstack.radius(sigma, truncate) == expected


def test_radius_refuses():
    with pytest.raises(ValueError, match="-4"):
        gausstack.radius(1, -4)
    with pytest.raises(OverflowError):
        gausstack.radius(float("inf"))
    with pytest.raises(TypeError):
        gausstack.radius("3")
