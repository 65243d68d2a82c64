"""Where results go: new arrays, arrays of the caller's, and datasets of files, which are written slab by slab."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Number
from typing import Any

import numpy as np

from gausstack._arrays import native
from gausstack._inputs import Image, refuse_other_memory
from gausstack._messages import kind
from gausstack._types import Array

# A slab holds about this many bytes, but no less than a row of a dataset's chunks.
_SLAB_BYTES = 1 << 26


@dataclass(eq=False, slots=True)
class Output:
    """Where a result goes, and what a call returns."""

    #: What the caller handed in, or a new array.
    given: Any
    dtype: np.dtype[Any]
    #: The memory of ``given``; None where it can only be assigned to.
    array: Array | None
    is_new: bool = False

    def fill(self, image: Image, axes: Sequence[int], run: Callable[[Image, Array], None]) -> None:
        """Has ``run`` write the result of an image that is filtered along ``axes``: whole, or slab by slab along an axis that is not."""
        if self.array is not None:
            run(image, self.array)
            return
        for index in self._slabs(image.pixels.shape, axes):
            part = image.part(index)
            made = np.empty(part.pixels.shape, self.dtype.newbyteorder("="))
            run(part, made)
            if made.size:
                self.given[index] = made

    def _slabs(self, shape: tuple[int, ...], axes: Sequence[int]) -> Iterator[Any]:
        along = next((axis for axis in range(len(shape)) if axis not in axes), None)
        if along is None or 0 in shape:
            yield ...
            return
        chunks = getattr(self.given, "shards", None) or getattr(self.given, "chunks", None)
        least = chunks[along] if isinstance(chunks, tuple) and isinstance(chunks[along], int) else 1
        slice_bytes = self.dtype.itemsize * int(np.prod(shape, dtype=object)) // shape[along]
        length = max(1, _SLAB_BYTES // (slice_bytes * least)) * least
        for start in range(0, shape[along], length):
            yield (*(slice(None),) * along, slice(start, min(start + length, shape[along])))

    def returned(self, image: Image, missing: str) -> Array:
        """What the call returns: masked where the input was, if its pixels are kept masked.

        (Datasets have no common type: callers know what they handed in.)
        """
        if type(self.given) is np.ndarray and not image.is_masked:
            return self.given
        keeps = image.is_masked and missing == "keep"
        mask = ~image.valid if keeps and image.valid is not None else np.ma.nomask
        if isinstance(self.given, np.ma.MaskedArray):
            self.given.unshare_mask()
            self.given.mask = mask
        elif keeps and self.is_new:
            return np.ma.MaskedArray(self.given, mask)
        result: Array = self.given
        return result


def output_for(output: Any, image: Array, *, complex_sums: bool = False, keep_layout: bool = False) -> Output:
    """What ``output`` means: as in scipy None, a type, the name of one, or an array; or what can be assigned to like one.

    Values of new arrays are not set. ``complex_sums`` promises a complex result; ``keep_layout`` has the axes of a new array in memory
    as they are in the image.
    """
    if output is None:
        dtype = np.promote_types(image.dtype, np.complex64) if complex_sums else native(image.dtype)
    elif isinstance(output, (type, np.dtype)):
        dtype = np.dtype(output)
        if complex_sums and dtype.kind != "c":
            warnings.warn("promoting specified output dtype to complex", stacklevel=4)
            dtype = np.promote_types(dtype, np.complex64)
    elif isinstance(output, str):
        dtype = np.dtype(output)
        if complex_sums and dtype.kind != "c":
            raise RuntimeError("output must have complex dtype")
        if not issubclass(dtype.type, np.number):
            raise RuntimeError("output must have numeric dtype")
    else:
        given = _array(output) or _dataset(output)
        shape = output.shape if given.array is None else given.array.shape
        if tuple(shape) != image.shape:
            raise RuntimeError(f"output shape not correct: {tuple(shape)} for an input of {image.shape}")
        if complex_sums and given.dtype.kind != "c":
            raise RuntimeError("output must have complex dtype")
        if given.array is None:
            _check_assignment(output, image.ndim, given.dtype)
        return given
    array = np.empty_like(image, dtype, "K", False) if keep_layout else np.empty(image.shape, dtype)
    return Output(array, dtype, array, True)


def _array(output: Any) -> Output | None:
    """An output that is memory which numpy writes to."""
    if isinstance(output, np.ndarray):
        if isinstance(output, np.ma.MaskedArray) and output.hardmask and np.ma.is_masked(output):
            raise ValueError("output is a masked array with a hard mask, below which nothing can be written")
        array = np.asarray(output)
        return Output(output, array.dtype, array)
    refuse_other_memory(output, "output")
    refused = (list, tuple, bytes, Mapping, Set, Iterator, Number, np.generic)
    if output is None or isinstance(output, refused):
        raise TypeError(f"output must be an array or what can be assigned to like one, not {kind(output)}")
    if not (hasattr(output, "__array_interface__") or _has_buffer(output)):
        return None
    array = np.asarray(output)
    if array.size and not np.shares_memory(array, np.asarray(output)):
        raise TypeError(f"output is {kind(output)}, of which numpy would only fill a copy")
    return Output(output, array.dtype, array)


def _has_buffer(thing: Any) -> bool:
    try:
        memoryview(thing)
    except TypeError:
        return False
    return True


def _dataset(output: Any) -> Output:
    """An output that is assigned to: a dataset of HDF5, an array of Zarr."""
    name = f"output is {kind(output)}"
    graph = getattr(output, "__dask_graph__", None)
    if graph is not None and graph() is not None:
        raise TypeError(f"{name}, which is not computed yet: gausstack.dask filters such arrays")
    if not all(hasattr(output, each) for each in ("shape", "dtype", "__setitem__")):
        raise TypeError(f"{name}, not an array, nor what can be assigned to like one")
    file = getattr(output, "file", None)
    if getattr(output, "read_only", False) or getattr(file, "mode", None) == "r":
        raise ValueError(f"{name}, which is read-only")
    try:
        return Output(output, np.dtype(output.dtype), None)
    except TypeError:
        raise TypeError(f"{name} of {output.dtype!r}, which is no type of numpy's") from None


def _check_assignment(output: Any, ndim: int, dtype: np.dtype[Any]) -> None:
    """Assigns no pixels at all: what refuses those would refuse the result."""
    if ndim == 0:
        return
    try:
        output[:0] = np.empty((0, *output.shape[1:]), dtype)
    except Exception as error:
        raise TypeError(f"output is {kind(output)}, which arrays of numpy cannot be assigned to: {error}") from error
