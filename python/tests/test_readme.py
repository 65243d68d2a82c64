"""What the package's README promises of other libraries."""

from __future__ import annotations

import re
from pathlib import Path

import dask.array as da
import gausstack
import numpy as np
import pytest
import skimage
import xarray
from bits import same_bits
from strategies import values


@pytest.mark.parametrize("dtype", ["f8", "u1", "u2"])
def test_the_line_for_scikit_image(dtype):
    image = values((60, 70, 3), dtype, 1)
    # (Numbers are taken for what lies between 0 and 1.)
    image = np.abs(image) % 1 if dtype == "f8" else image
    as_float = skimage.util.img_as_float(image)
    found = gausstack.gaussian_filter(as_float[..., 0], 2, mode="nearest")
    same_bits(found, skimage.filters.gaussian(image[..., 0], 2))
    found = gausstack.gaussian_filter(as_float, 2, mode="nearest", axes=(0, 1))
    same_bits(found, skimage.filters.gaussian(image, 2, channel_axis=-1))


README = (Path(__file__).parents[1] / "README.md").read_text()


def test_every_example_runs(tmp_path, monkeypatch):
    """All of them in order, as a reader would type them, on small arrays."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    counts = rng.integers(900, 1100, (60, 70), dtype="u2")
    counts[20:23, 30] = 0
    stack = rng.random((5, 60, 70), dtype="f4")
    da.to_zarr(da.from_array(stack, chunks=(2, 30, 30)), "in.zarr")
    labels = np.zeros((60, 70), int)
    labels[10:30, 10:30], labels[25:50, 35:60] = 1, 2
    names = {
        "np": np,
        "skimage": skimage,
        "data": rng.random((40, 16, 50), dtype="f4"),
        "image": 1000 + rng.random((60, 70, 3)),
        "sigma": 2,
        "counts": counts,
        "labels": labels,
        "labelled": xarray.DataArray(stack, dims=("time", "y", "x"), coords={"time": [1, 2, 3, 4, 5]}),
    }
    examples = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 11
    results = {}
    for example in examples:
        exec(example, names)
        results[example] = dict(names)

    def after(text):
        return next(found for example, found in results.items() if text in example)

    same_bits(
        after("gaussian_filter_stack(data, (3, 5), axis=1)\n")["smooth"],
        gausstack.gaussian_filter_stack(names["data"], (3, 5), axis=1),
    )
    masks = after("dead = ")
    assert masks["smooth"].min() > 900 and np.ma.count_masked(masks["gaps"]) == 3
    assert after("smooth_mask")["smooth_mask"].dtype == bool
    assert np.unique(after("smooth_labels")["smooth_labels"]).tolist() == [0, 1, 2]
    assert after("import xarray")["smooth"].coords["time"].values.tolist() == [1, 2, 3, 4, 5]
    assert np.isfinite(after("dask.gaussian_laplace")["z"].compute()).all()


def kinds_of_input():
    """The rows of the table of missing pixels, with what each of the three words does."""
    image = np.arange(20.0).reshape(4, 5) + 1
    nan = image.copy()
    nan[1, 2] = np.nan
    gone = np.isnan(nan)
    spoilt = np.where(gone, 1e9, image)
    dots = {"mask": ~gone}
    return {
        "NaN |": (nan, {}, ("spreads", "filled in", "stays")),
        "pixels where `mask=` is False": (spoilt, dots, ("filled in", "filled in", "stays")),
        "NaN where `mask=` is True": (nan, {"mask": np.ones((4, 5), bool)}, ("spreads", "filled in", "stays")),
        "masked pixels of a `": (np.ma.masked_array(spoilt, gone), {}, (ValueError, "filled in", "masked")),
        "a `numpy.ma` array of which no": (np.ma.masked_array(image), {}, ("plain", "plain", "clear")),
        "a `numpy.ma` array and": (
            np.ma.masked_array(spoilt, gone),
            {"mask": True},
            ("filled in", "filled in", "masked"),
        ),
        "a list of": ([np.ma.masked_array(spoilt, gone)], {}, (TypeError, TypeError, TypeError)),
        "derivatives, and": (nan, {"order": 1}, ("spreads", ValueError, ValueError)),
        "complex": (nan * 1j, {}, ("spreads", ValueError, ValueError)),
    }


@pytest.mark.parametrize("row", kinds_of_input())
def test_the_table_of_missing_pixels(row):
    image, kwargs, outcomes = kinds_of_input()[row]
    assert sum(line.startswith(f"| {row}") for line in README.splitlines()) == 1
    for missing, outcome in zip(("propagate", "ignore", "keep"), outcomes, strict=True):

        def call(missing=missing):
            return gausstack.gaussian_filter(image, 1, missing=missing, **kwargs)

        if isinstance(outcome, type):
            with pytest.raises(outcome):
                call()
            continue
        found = call()
        assert isinstance(found, np.ma.MaskedArray) == (outcome in ("masked", "clear"))
        if outcome == "spreads":
            assert np.isnan(found).sum() > 1
        elif outcome == "stays":
            assert np.argwhere(np.isnan(found)).tolist() == [[1, 2]] and np.nanmax(found) < 21
        elif outcome == "masked":
            assert np.argwhere(found.mask).tolist() == [[1, 2]] and found.max() < 21
        else:
            assert np.isfinite(found).all() and found.max() < 21
