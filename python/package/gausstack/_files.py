"""``filter_file``: files larger than memory."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from os import PathLike, fspath
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gausstack import _gausstack
from gausstack._filters import stack_axes
from gausstack._gaussians import Gaussians
from gausstack._parameters import (
    Kernels,
    arithmetic,
    derivatives_are_exact,
    gaussian_axes,
    ideal_tolerance,
    real_number,
    refuse_derivatives,
)
from gausstack._run import Request
from gausstack._types import Axes, Derivatives, Missing, Modes, Order, Precision, Radius, Rounding, Sigma
from gausstack._workers import worker_count

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


def filter_file(
    input: str | PathLike[str] | Any,
    output: str | PathLike[str] | Any,
    sigma: Sigma,
    axis: SupportsIndex | Sequence[SupportsIndex] | None = None,
    *,
    axes: Axes = None,
    order: Order = 0,
    mode: Modes = "reflect",
    cval: float = 0.0,
    truncate: float = 4.0,
    radius: Radius = None,
    workers: int | None = -1,
    precision: Precision = "native",
    rounding: Rounding = "scipy",
    missing: Missing = "propagate",
    mask: str | PathLike[str] | ArrayLike | None = None,
    fill: float | None = None,
    derivatives: Derivatives = "truncated",
    ideal: float | None = None,
    dtype: DTypeLike | None = None,
    memory: int | str | None = None,
    scratch: str | PathLike[str] | None = None,
    chunks: Sequence[int] | None = None,
    shards: Sequence[int] | None = None,
    compress: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[int, int], Any] | None = None,
) -> None:
    """Filter one file into another slab by slab: neither array has to fit the memory.

    Results have the bits of `gaussian_filter` on the whole array. The next slab is read and the one before written while one is filtered.

    Parameters
    ----------
    input, output : path, dataset of h5py or array of zarr
        Files such as ``a.npy``, data sets in HDF5 files such as ``a.h5:/entry/data``, arrays in Zarr stores such as ``a.zarr:/data``, or TIFF pages such as ``a.tif``, ``pages/`` and as an
        input ``a_*.tif``. A file that the output is in keeps its other data sets. The output is called ``NAME.part`` until it is complete.
        Datasets of h5py and arrays of zarr in local stores stand for their file and their name. One that is the output needs
        ``overwrite=True``, and is opened anew to see the result.
    sigma : float or sequence of floats
        Standard deviation in samples, one for all filtered axes or one for each.
    axis : int or sequence of ints, optional
        The axis, or axes, that count slices, as in `gaussian_filter_stack`; or else ``axes``, as in `gaussian_filter`.
    order, mode, cval, truncate, radius, precision, rounding, missing, fill, derivatives, ideal
        As those of `gaussian_filter`.
    mask : path, dataset of h5py, array of zarr, or array_like of bool, optional
        0 and False where a pixel is left out, as by the ``mask`` of `gaussian_filter`. A file is of any of the formats and holds bool or integers. It has the shape of the
        input and is read slab by slab beside it, or the shape of one slice, and stands for all slices.
    workers : int, optional
        Threads; -1 is all CPUs that the process may use.
    dtype : dtype, optional
        Type of the output; by default the input's.
    memory : int or str, optional
        The most that slabs and the filter's own arrays take, in bytes or such as ``'4GB'``; by default a quarter of what the system has.
    scratch : path, optional
        Folder for a plain copy of an input that would be read twice or more without one: of chunks that slabs cut through.
    chunks : sequence of ints, optional
        Shape of the chunks of an output in an HDF5 file or a Zarr store.
    shards : sequence of ints, optional
        Shape of the shards of an output in a Zarr store, a multiple of that of the chunks: a file for many chunks.
    compress : str, optional
        'gzip', or 'gzip:1' to 'gzip:9', for an output in an HDF5 file or a Zarr store.
    overwrite : bool
        Whether an output that exists is replaced, and one that an earlier call left unfinished.
    resume : bool
        Whether to go on with what an earlier call with the same parameters left unfinished, if it left anything.
    progress : callable, optional
        Called with the slabs that were filtered and all slabs. An exception that it raises ends the call.

    Raises
    ------
    FileExistsError, FileNotFoundError, PermissionError, OSError
        What is wrong with a file's name or place.
    ValueError
        What is wrong with a file's contents, or with a parameter.
    KeyboardInterrupt
        On Ctrl-C; what was written is kept for ``resume=True``.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np, gausstack
    >>> folder = tempfile.TemporaryDirectory()
    >>> source, result = (os.path.join(folder.name, name) for name in ("scan.npy", "smooth.npy"))
    >>> np.save(source, np.ones((30, 4, 50), dtype=np.float32))
    >>> gausstack.filter_file(source, result, (3, 5), axis=1, memory="64MB")
    >>> np.load(result).shape
    (30, 4, 50)
    """
    sums, count = arithmetic(precision, rounding, missing, mask, fill), worker_count(workers)
    kernels = Kernels(truncate, derivatives_are_exact(derivatives), ideal_tolerance(ideal))
    if axis is not None and axes is not None:
        raise ValueError("axis counts slices, and axes are filtered: only one of them can be given")
    source, result = _path(input), _path(output)
    shape, _ = _gausstack.file_array(source)
    if axis is not None:
        _, along = stack_axes(len(shape), axis, sigma, order, mode, radius, kernels)
    else:
        along = gaussian_axes(len(shape), axes, sigma, order, mode, radius, kernels)
    if mask is not None or sums.missing != "propagate":
        refuse_derivatives(along, "mask=" if sums.missing == "propagate" else f"missing='{sums.missing}'")
    request: Request = Gaussians((along,)).request()
    parameters = {
        "workers": count,
        "cval": real_number(cval),
        "mask": None if mask is None else _mask(mask),
        "dtype": None if dtype is None else _element(np.dtype(dtype)),
        "memory": None if memory is None else _size(memory),
        "scratch": None if scratch is None else fspath(scratch),
        "chunks": None if chunks is None else [operator.index(length) for length in chunks],
        "shards": None if shards is None else [operator.index(length) for length in shards],
        "gzip": None if compress is None else _level(compress),
        "overwrite": bool(overwrite),
        "resume": bool(resume),
    }
    _gausstack.filter_file(request.filter(sums), source, result, parameters, progress)


def _path(array: Any) -> str:
    """The name that stands for a file, or for a dataset or an array of one."""
    library = type(array).__module__.partition(".")[0]
    if library == "h5py" and hasattr(array, "file"):
        if array.file.mode != "r":
            raise ValueError(f"{array.file.filename!r} is open for writing: close it, or give its name")
        return f"{array.file.filename}:{array.name}"
    if library == "zarr" and hasattr(array, "store"):
        # Of zarr-python 3, and of zarr-python 2.
        places = {"LocalStore": "root", "DirectoryStore": "path", "NestedDirectoryStore": "path"}
        place = places.get(type(array.store).__name__)
        if place is None:
            raise ValueError(f"only arrays of zarr in local stores are files, not {array.store!r}")
        root = str(getattr(array.store, place))
        return f"{root}:/{array.path}" if array.path else root
    path: str = fspath(array)
    return path


def _mask(mask: Any) -> str | tuple[bytes, list[int]]:
    """The name that stands for a file, or the bytes and the shape of an array."""
    library = type(mask).__module__.partition(".")[0]
    if isinstance(mask, (str, PathLike)) or library in ("h5py", "zarr"):
        return _path(mask)
    array = np.asarray(mask)
    if array.dtype.kind not in "biu":
        raise TypeError(f"mask must be a file, or an array of bool or integers, not of {array.dtype}")
    return (array != 0).tobytes(), list(array.shape)


def _element(dtype: np.dtype[Any]) -> str:
    """The extension's name of a type."""
    if dtype.kind in "iuf":
        return f"{dtype.kind}{8 * dtype.itemsize}"
    return dtype.name


def _size(memory: int | str) -> int:
    if isinstance(memory, str):
        found = re.fullmatch(r"\s*([0-9.]+)\s*([KMGT]?I?)B?\s*", memory.upper())
        try:
            size = int(float(found[1]) * _UNITS[found[2]]) if found else 0
        except (KeyError, ValueError):
            size = 0
    else:
        size = operator.index(memory)
    if size <= 0:
        raise ValueError(f"memory must be a size such as '4GB', '512MiB' or 1000000, not {memory!r}")
    return size


def _level(compress: str) -> int:
    found = re.fullmatch(r"gzip(?::([1-9]))?", compress)
    if not found:
        raise ValueError(f"compress must be 'gzip', or 'gzip:1' to 'gzip:9', not {compress!r}")
    return int(found[1] or 2)
