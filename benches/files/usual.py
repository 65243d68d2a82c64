"""What is usual in Python for stacks in files: one contender, run as a process.

python usual.py CONTENDER INPUT OUTPUT
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
from scipy import ndimage

SIGMA = (3, 5)
TITLES = {
    "h5py-slices": "h5py + scipy, slice by slice",
    "h5py-joblib": "h5py + joblib + scipy, 16 slices at a time",
    "zarr-dask": "zarr-python + Dask + dask-image",
    "tifffile-pages": "tifffile + scipy, page by page on all CPUs",
    "numpy-slices": "numpy.memmap + scipy, slice by slice",
}


def _hdf5_sets(source: str, result: str):
    import h5py

    file, name = source.rsplit(":/", 1)
    data, output = h5py.File(file)[name], h5py.File(result, "w")
    how = (
        {}
        if data.chunks is None
        else {"chunks": data.chunks, "compression": "gzip", "compression_opts": 2, "shuffle": True}
    )
    return data, output.create_dataset("d", data.shape, data.dtype, **how)


def h5py_slices(source: str, result: str) -> None:
    """The loop of a tutorial that has no memory for the whole."""
    data, output = _hdf5_sets(source, result)
    for at in range(data.shape[1]):
        output[:, at, :] = ndimage.gaussian_filter(data[:, at, :], SIGMA)


def h5py_joblib(source: str, result: str) -> None:
    """The tutorial's own way, as many slices at a time as it has."""
    from joblib import Parallel, delayed

    data, output = _hdf5_sets(source, result)
    jobs = len(os.sched_getaffinity(0))
    for at in range(0, data.shape[1], 16):
        part = data[:, at : at + 16, :]
        done = Parallel(n_jobs=jobs, prefer="threads")(
            delayed(ndimage.gaussian_filter)(part[:, row, :], SIGMA) for row in range(part.shape[1])
        )
        output[:, at : at + 16, :] = numpy.moveaxis(numpy.asarray(done), 0, 1)


def zarr_dask(source: str, result: str) -> None:
    """Dask's arrays, filtered with an overlap along frames and columns."""
    import dask.array
    import zarr
    from dask_image import ndfilters

    data = zarr.open_array(source, mode="r")
    shards = data.shards or data.chunks
    output = zarr.create_array(
        result, shape=data.shape, dtype=data.dtype, chunks=data.chunks, shards=data.shards, compressors=data.compressors
    )
    array = dask.array.from_array(data, chunks=shards)
    ndfilters.gaussian_filter(array, (SIGMA[0], 0, SIGMA[1])).rechunk(shards).store(output, lock=False)


def tifffile_pages(source: str, result: str) -> None:
    """A page per task, on a thread for each CPU."""
    import tifffile

    os.makedirs(result)

    def one(path: Path) -> None:
        page = ndimage.gaussian_filter(tifffile.imread(path), SIGMA)
        tifffile.imwrite(Path(result) / path.name, page)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(one, sorted(Path(source).glob("*.tif"))))


def numpy_slices(source: str, result: str) -> None:
    """Mapped files, slice by slice."""
    data = numpy.load(source, mmap_mode="r")
    output = numpy.lib.format.open_memmap(result, "w+", data.dtype, data.shape)
    for at in range(data.shape[1]):
        output[:, at, :] = ndimage.gaussian_filter(data[:, at, :], SIGMA)
    output.flush()


CONTENDERS: dict[str, Callable[[str, str], None]] = {
    "h5py-slices": h5py_slices,
    "h5py-joblib": h5py_joblib,
    "zarr-dask": zarr_dask,
    "tifffile-pages": tifffile_pages,
    "numpy-slices": numpy_slices,
}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](*sys.argv[2:])
