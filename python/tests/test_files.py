"""Files filtered into files, with the bits of arrays in memory."""

from __future__ import annotations

import re

import gausstack
import h5py
import numpy as np
import pytest
import zarr
from bits import same_bits
from strategies import values


@pytest.fixture
def scan(tmp_path):
    """An array in both formats, the output of which is not there yet."""
    data = values((60, 24, 100), "f4", 1)
    np.save(tmp_path / "in.npy", data)
    with h5py.File(tmp_path / "in.h5", "w") as file:
        file.create_dataset("entry/data", data=data, chunks=(1, 24, 100), compression="gzip").attrs["units"] = "mm"
    return tmp_path, data


def read(path):
    name, _, inner = str(path).partition(":")
    if not inner:
        return np.load(name)
    with h5py.File(name) as file:
        return file[inner][...]


@pytest.mark.parametrize("source", ["in.npy", "in.h5:/entry/data"])
@pytest.mark.parametrize("result", ["out.npy", "out.h5:/d"])
@pytest.mark.parametrize(
    "parameters",
    [
        {"sigma": (1, 2), "axis": 1},
        {"sigma": 1.5},
        {"sigma": 0},
        {"sigma": (1, 2), "axes": (2, 0), "mode": ("wrap", "nearest"), "precision": "double"},
        {"sigma": (1, 0), "order": (1, 0), "axis": 1, "truncate": 3, "derivatives": "exact"},
        {"sigma": 1, "axes": 0, "mode": "constant", "cval": 7},
        {"sigma": 1, "axis": 1, "missing": "keep", "fill": -1},
    ],
)
def test_bits_of_files_are_those_of_arrays(scan, source, result, parameters):
    folder, data = scan
    calls = []
    memory = 1 << 22
    gausstack.filter_file(
        folder / source, folder / result, **parameters, memory=memory, progress=lambda *done: calls.append(done)
    )
    how = dict(parameters)
    sigma = how.pop("sigma")
    if "axis" in how:
        expected = gausstack.gaussian_filter_stack(data, sigma, **how)
    else:
        expected = gausstack.gaussian_filter(data, sigma, **how)
    same_bits(read(folder / result), expected)
    assert calls[0][0] == 0 and calls[-1][0] == calls[-1][1]


def test_masks_are_read_beside_the_array(scan):
    folder, data = scan
    valid = values(data.shape, "u1", 3) > 60
    np.save(folder / "valid.npy", valid)
    with h5py.File(folder / "valid.h5", "w") as file:
        file.create_dataset("all", data=valid.astype("i4"), chunks=(7, 9, 31))
        file["slice"] = valid[:, 3]
    how = {"axis": 1, "missing": "keep", "fill": -1}
    expected = gausstack.gaussian_filter_stack(data, (1, 2), mask=valid, **how)
    gausstack.filter_file(folder / "in.h5:/entry/data", folder / "a.npy", (1, 2), mask=folder / "valid.npy", **how)
    same_bits(np.load(folder / "a.npy"), expected)
    with h5py.File(folder / "valid.h5") as file:
        gausstack.filter_file(folder / "in.npy", folder / "b.npy", (1, 2), mask=file["all"], memory=1 << 23, **how)
        same_bits(np.load(folder / "b.npy"), expected)
        gausstack.filter_file(folder / "in.npy", folder / "c.npy", (1, 2), axis=1, mask=file["slice"])
    expected = gausstack.gaussian_filter_stack(data, (1, 2), axis=1, mask=valid[:, 3:4])
    same_bits(np.load(folder / "c.npy"), expected)
    for mask in valid[:, 3], valid[:, 3].astype("i8") * -256, np.asfortranarray(valid[:, 3]), valid[:, 3].tolist():
        gausstack.filter_file(folder / "in.npy", folder / "c.npy", (1, 2), axis=1, mask=mask, overwrite=True)
        same_bits(np.load(folder / "c.npy"), expected)
    with pytest.raises(TypeError, match="bool or integers, not of float64"):
        gausstack.filter_file(folder / "in.npy", folder / "d.npy", 1, mask=valid * 1.0)
    np.save(folder / "short.npy", valid[..., 0])
    with pytest.raises(ValueError, match=r"has shape \[60, 24\], not \[60, 24, 100\] or, for all slices, \[60, 100\]"):
        gausstack.filter_file(folder / "in.npy", folder / "d.npy", 1, axis=1, mask=folder / "short.npy")
    with pytest.raises(ValueError, match="mask= is for order 0"):
        gausstack.filter_file(folder / "in.npy", folder / "d.npy", 1, order=1, mask=folder / "valid.npy")


def test_an_input_is_copied_where_it_would_be_read_again_and_again(scan):
    folder, data = scan
    how = {"axis": 1, "ideal": 1e-5, "mode": "nearest"}
    (folder / "scratch").mkdir()
    for scratch in None, folder / "scratch":
        gausstack.filter_file(
            folder / "in.h5:/entry/data",
            folder / "a.npy",
            (4, 9),
            memory=1 << 23,
            scratch=scratch,
            overwrite=True,
            **how,
        )
        same_bits(np.load(folder / "a.npy"), gausstack.gaussian_filter_stack(data, (4, 9), **how))
    assert not list((folder / "scratch").iterdir())
    # (Where no slab is in memory a second time nothing is copied, and no folder looked for.)
    gausstack.filter_file(folder / "in.npy", folder / "b.npy", 1, scratch=folder / "nowhere")


def test_types_chunks_and_compression(scan):
    folder, data = scan
    target = f"{folder}/in.h5:/entry/smooth"
    gausstack.filter_file(
        folder / "in.npy", target, 1, axis=1, dtype="f8", chunks=(5, 12, 50), compress="gzip:3", memory="64MiB"
    )
    with h5py.File(folder / "in.h5") as file:
        smooth = file["entry/smooth"]
        assert (smooth.chunks, smooth.compression, smooth.compression_opts) == ((5, 12, 50), "gzip", 3)
        same_bits(smooth[...], gausstack.gaussian_filter_stack(data, 1, axis=1, output="f8"))
        assert file["entry/data"].attrs["units"] == "mm"
        same_bits(file["entry/data"][...], data)


def test_a_call_that_ends_early_is_gone_on_with(scan):
    folder, data = scan
    source, result = folder / "in.npy", folder / "out.npy"

    def stop(done, slabs):
        assert slabs > 6
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(ValueError, match="the smallest slab") as error:
        gausstack.filter_file(source, result, (1, 2), axis=1, memory=1, workers=1)
    memory = int(re.search("takes ([0-9]+)", str(error.value))[1])
    with pytest.raises(KeyboardInterrupt):
        gausstack.filter_file(source, result, (1, 2), axis=1, memory=memory, workers=1, progress=stop)
    assert not result.exists() and (folder / "out.npy.part").exists()
    with pytest.raises(FileExistsError, match="left of a run"):
        gausstack.filter_file(source, result, (1, 2), axis=1, memory=memory)
    with pytest.raises(ValueError, match="its filter was"):
        gausstack.filter_file(source, result, (1, 3), axis=1, memory=memory, resume=True)
    seen = []
    gausstack.filter_file(source, result, (1, 2), axis=1, resume=True, progress=lambda done, _: seen.append(done))
    assert seen[0] >= 2
    same_bits(np.load(result), gausstack.gaussian_filter_stack(data, (1, 2), axis=1))
    assert sorted(path.name for path in folder.iterdir()) == ["in.h5", "in.npy", "out.npy"]


def test_datasets_and_arrays_stand_for_their_files(scan):
    folder, data = scan
    expected = gausstack.gaussian_filter_stack(data, (1, 2), axis=1)
    with h5py.File(folder / "in.h5") as file:
        gausstack.filter_file(file["entry/data"], folder / "a.zarr", (1, 2), axis=1, chunks=(20, 24, 50))
    first = zarr.open_array(folder / "a.zarr", mode="r")
    same_bits(first[...], expected)
    assert first.chunks == (20, 24, 50)
    group = zarr.open_group(folder / "b.zarr", mode="w")
    second = group.create_array("x/y", shape=data.shape, dtype="f8", chunks=(10, 24, 100))
    with pytest.raises(FileExistsError):
        gausstack.filter_file(first, second, 0)
    gausstack.filter_file(first, second, 0, overwrite=True, chunks=(5, 6, 10), shards=(60, 12, 100), compress="gzip")
    result = zarr.open_array(folder / "b.zarr", path="x/y", mode="r")
    same_bits(result[...], expected)
    assert (result.chunks, result.shards) == ((5, 6, 10), (60, 12, 100))
    with pytest.raises(ValueError, match="local stores"):
        gausstack.filter_file(zarr.zeros((3, 4), store=zarr.storage.MemoryStore()), folder / "c.npy", 1)
    with h5py.File(folder / "in.h5", "r+") as file, pytest.raises(ValueError, match="open for writing"):
        gausstack.filter_file(file["entry/data"], folder / "c.npy", 1)


def test_errors_have_their_classes(scan):
    folder, _ = scan
    source = folder / "in.npy"
    with pytest.raises(FileNotFoundError, match="nowhere"):
        gausstack.filter_file(folder / "nowhere.npy", folder / "out.npy", 1)
    with pytest.raises(ValueError, match="it has '/entry/data'"):
        gausstack.filter_file(folder / "in.h5:" / "other", folder / "out.npy", 1)
    with pytest.raises(FileExistsError, match="exists"):
        gausstack.filter_file(source, f"{folder}/in.h5:/entry/data", 1)
    with pytest.raises(ValueError, match="is the input"):
        gausstack.filter_file(source, source, 1, overwrite=True)
    with pytest.raises(ValueError, match="only one of them"):
        gausstack.filter_file(source, folder / "out.npy", 1, 1, axes=0)
    with pytest.raises(ValueError, match="memory must be a size"):
        gausstack.filter_file(source, folder / "out.npy", 1, memory="much")
    with pytest.raises(ValueError, match="compress must be"):
        gausstack.filter_file(source, folder / "out.h5:/d", 1, compress="zstd")
    with pytest.raises(ValueError, match="no chunks"):
        gausstack.filter_file(source, folder / "out.npy", 1, compress="gzip")
    with pytest.raises(RuntimeError, match="2 values"):
        gausstack.filter_file(source, folder / "out.npy", (1, 2))
    with pytest.raises(ZeroDivisionError):
        gausstack.filter_file(source, folder / "out.npy", 1, progress=lambda *_: 1 / 0)
    assert sorted(path.name for path in folder.iterdir()) == ["in.h5", "in.npy"]
