"""Outputs that are no arrays of numpy: written, or refused before anything is done."""

from __future__ import annotations

import array
import sys
from typing import ClassVar

import dask.array as da
import gausstack
import h5py
import numpy as np
import pytest
import xarray
import zarr
from bits import same_bits
from child import in_a_child
from gausstack import _outputs
from strategies import values

#: Every function, its arguments behind the image, and whether it filters the axes behind the first alone.
FUNCTIONS = {
    "gaussian_filter": ((2,), {}),
    "gaussian_filter of two axes": ((2,), {"axes": (1, 2)}),
    "gaussian_filter of the first axis": ((2,), {"axes": 0}),
    "gaussian_filter of no axis": ((0,), {}),
    "gaussian_filter1d": ((2,), {}),
    "gaussian_filter_stack": ((2,), {}),
    "gaussian_filter_stack of the middle axis": ((2,), {"axis": 1}),
    "gaussian_laplace": ((1.5,), {}),
    "gaussian_laplace of two axes": ((1.5,), {"axes": (1, 2)}),
    "gaussian_gradient_magnitude": ((1.5,), {}),
    "gaussian_gradient_magnitude of two axes": ((1.5,), {"axes": (0, 2)}),
    "correlate1d": (([1, 2, 1],), {}),
    "convolve1d": (([1, 2, 1],), {"axis": 0}),
}
SHAPE = (7, 20, 31)


def call(name, image, **kwargs):
    arguments, keywords = FUNCTIONS[name]
    return getattr(gausstack, name.partition(" ")[0])(image, *arguments, **keywords, **kwargs)


@pytest.fixture(params=["h5py", "h5py in chunks", "zarr", "zarr in one chunk", "zarr in shards", "xarray"])
def dataset(request, tmp_path):
    """A function that makes a dataset of a shape and a type."""

    def new(shape, dtype):
        if request.param.startswith("h5py"):
            chunks = tuple(max(1, n // 3) for n in shape) if "chunks" in request.param else None
            file = h5py.File(tmp_path / f"{len(list(tmp_path.iterdir()))}.h5", "w")
            return file.create_dataset("d", shape, dtype, chunks=chunks)
        if request.param == "xarray":
            return xarray.DataArray(np.zeros(shape, dtype))
        extent = {"zarr": 3, "zarr in one chunk": 100, "zarr in shards": 2}[request.param]
        shards = {"shards": (4,) * len(shape)} if "shards" in request.param else {}
        return zarr.create_array({}, shape=shape, dtype=dtype, chunks=tuple(min(n, extent) for n in shape), **shards)

    return new


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("slab", [1, 3000, 1 << 26])
def test_datasets_are_written(name, slab, dataset, monkeypatch):
    monkeypatch.setattr(_outputs, "_SLAB_BYTES", slab)
    image = values(SHAPE, "f4", 1)
    out = dataset(SHAPE, "f4")
    assert call(name, image, output=out) is out
    same_bits(np.asarray(out[...]), call(name, image))


def test_datasets_of_other_types_and_shapes(dataset):
    image = values((30, 40), "f4", 2)
    for dtype in ("f8", "i2", "u1", "?"):
        out = dataset((30, 40), dtype)
        gausstack.gaussian_filter(image, 2, output=out)
        same_bits(np.asarray(out[...]), gausstack.gaussian_filter(image, 2, output=np.dtype(dtype).type))
    out = dataset((30, 40), "f4")
    with pytest.raises(RuntimeError, match=r"\(30, 40\) for an input of \(40, 30\)"):
        gausstack.gaussian_filter(image.T, 2, output=out)
    with pytest.raises(RuntimeError, match="mode"):
        gausstack.gaussian_filter(image, 2, output=out, mode="edge")
    assert not np.any(out[...])
    line = dataset((50,), "f8")
    gausstack.gaussian_filter(np.ones(50), 2, output=line)
    assert np.allclose(line[...], 1)
    empty = dataset((3, 4), "f8")
    assert gausstack.gaussian_filter_stack(np.ones((3, 4)), 1, output=empty) is empty


def test_masks_go_with_their_slabs(dataset, monkeypatch):
    monkeypatch.setattr(_outputs, "_SLAB_BYTES", 1)
    image = values(SHAPE, "f4", 3)
    valid = np.random.default_rng(1).random(SHAPE) > 0.3
    out = dataset(SHAPE, "f4")
    gausstack.gaussian_filter_stack(image, 1, mask=valid, missing="keep", output=out)
    same_bits(np.asarray(out[...]), gausstack.gaussian_filter_stack(image, 1, mask=valid, missing="keep"))
    gausstack.gaussian_filter_stack(image, 1, mask=valid[2], output=out)
    same_bits(np.asarray(out[...]), gausstack.gaussian_filter_stack(image, 1, mask=valid[2]))


def test_slabs_are_whole_chunks():
    class Chunked:
        shape, dtype, chunks = (100, 30, 40), np.dtype("f4"), (16, 30, 40)

        def __init__(self):
            self.written = []

        def __setitem__(self, index, part):
            self.written.append(index)

    out = Chunked()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_outputs, "_SLAB_BYTES", 40 * 30 * 40 * 4)
        gausstack.gaussian_filter_stack(np.ones((100, 30, 40), "f4"), 1, output=out)
    # (The first assigns no pixels.)
    starts = [(index[0].start, index[0].stop) for index in out.written[1:]]
    assert starts == [(0, 32), (32, 64), (64, 96), (96, 100)]


class OfAGpu:
    """As CuPy's arrays."""

    __cuda_array_interface__: ClassVar = {"shape": SHAPE, "typestr": "<f4", "data": (0, False), "version": 3}
    shape, dtype = SHAPE, np.dtype("f4")

    def __setitem__(self, index, part):
        raise AssertionError("written to")


class Immutable:
    """As arrays of JAX."""

    shape, dtype = SHAPE, np.dtype("f4")

    def __array__(self, dtype=None, copy=None):
        return np.zeros(SHAPE, "f4")

    def __setitem__(self, index, part):
        raise TypeError("cannot be changed")


class CopiedByNumpy:
    shape, dtype = SHAPE, np.dtype("f4")

    def __array__(self, dtype=None, copy=None):
        return np.zeros(SHAPE, "f4")


REFUSED = {
    "list": lambda: np.zeros(SHAPE).tolist(),
    "tuple": lambda: tuple(np.zeros(SHAPE).tolist()),
    "dict": dict,
    "set": set,
    "generator": lambda: (i for i in range(3)),
    "number": lambda: 5,
    "numpy's number": lambda: np.float32(5),
    "bytes": lambda: b"abc",
    "dask": lambda: da.zeros(SHAPE, chunks=4),
    "xarray of dask": lambda: xarray.DataArray(da.zeros(SHAPE, chunks=4)),
    "on a GPU": OfAGpu,
    "immutable": Immutable,
    "copied": CopiedByNumpy,
    "object": object,
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_numpy_would_only_copy_is_refused(name, kind, monkeypatch):
    monkeypatch.setattr("gausstack._run.Filter", None)
    with pytest.raises(TypeError, match=r"output (is|must be)"):
        call(name, np.ones(SHAPE, "f4"), output=REFUSED[kind]())


@pytest.mark.parametrize("output", [5, np.float64(5), [5.0]])
def test_a_number_is_no_output_of_a_number(output):
    with pytest.raises(TypeError, match="output must be"):
        gausstack.gaussian_filter(3.0, 1, output=output)


def test_read_only_datasets(tmp_path):
    image = np.ones(SHAPE, "f4")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("d", SHAPE, "f4")
    with h5py.File(tmp_path / "a.h5", "r") as file, pytest.raises(ValueError, match="read-only"):
        gausstack.gaussian_filter(image, 1, output=file["d"])
    zarr.create_array(tmp_path / "a.zarr", shape=SHAPE, dtype="f4")
    with pytest.raises(ValueError, match="read-only"):
        gausstack.gaussian_filter(image, 1, output=zarr.open_array(tmp_path / "a.zarr", mode="r"))
    np.zeros(SHAPE, "f4").tofile(tmp_path / "a.raw")
    with pytest.raises(ValueError, match="read-only"):
        gausstack.gaussian_filter(image, 1, output=np.memmap(tmp_path / "a.raw", "f4", "r", shape=SHAPE))


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_subclasses_and_buffers_are_written(tmp_path):
    image = values((30, 40), "f8", 4)
    expected = gausstack.gaussian_filter(image, 2)
    outputs = [
        np.memmap(tmp_path / "a.raw", "f8", "w+", shape=(30, 40)),
        np.matrix(np.zeros((30, 40))),
        np.zeros((30, 40)).view(np.recarray),
        memoryview(bytearray(30 * 40 * 8)).cast("B").cast("d", (30, 40)),
    ]
    for out in outputs:
        assert gausstack.gaussian_filter(image, 2, output=out) is out
        same_bits(np.asarray(out), expected)
    line = array.array("d", bytes(8 * 40))
    assert gausstack.gaussian_filter1d(image[0], 2, output=line) is line
    same_bits(np.asarray(line), gausstack.gaussian_filter1d(image[0], 2))
    same_bits(np.fromfile(tmp_path / "a.raw").reshape(30, 40), expected)


def test_outputs_of_memory_that_another_object_owns():
    class Interface:
        def __init__(self):
            self.memory = np.zeros((30, 40))
            self.__array_interface__ = self.memory.__array_interface__

    out, image = Interface(), values((30, 40), "f8", 5)
    assert gausstack.gaussian_filter(image, 2, output=out) is out
    same_bits(out.memory, gausstack.gaussian_filter(image, 2))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_slabs_take_less_memory_than_the_result(tmp_path):
    code = f"""
        import h5py, numpy as np, gausstack
        def peak():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
        stack = np.ones((400, 1000, 500), "f4")
        file = h5py.File({str(tmp_path / "big.h5")!r}, "w")
        out = file.create_dataset("d", (400, 1000, 500), "f4")
        gausstack.gaussian_filter_stack(stack[:40], 2, output=np.empty((40, 1000, 500), "f4"))
        before = peak()
        gausstack.gaussian_filter_stack(stack, 2, output=out)
        print((peak() - before) / 2**20)
    """
    output = in_a_child(code)
    # The whole result would be 763 MB.
    assert float(output) <= 300
