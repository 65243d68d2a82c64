"""Calls on Dask arrays: chunks with halos, and masks that go with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gausstack._inputs import array_of, mask_of, refuse_other_memory

try:
    import dask.array as da
except ImportError as error:  # pragma: no cover
    raise ImportError("gausstack.dask needs Dask: pip install 'gausstack[dask]'") from error


class Halo(NamedTuple):
    """What lies around the pixels of a chunk along a filtered axis: as much on both sides, since modes may mirror either."""

    radius: int
    #: Of all terms of a filter.
    modes: set[str]


class Call:
    """A function of this package with all of its parameters but the image and its mask, which Dask hands over."""

    def __init__(self, function: Callable[..., Any], parameters: dict[str, Any]) -> None:
        self.function, self.parameters = function, parameters

    def __call__(self, block: Any, mask: Any = None) -> Any:
        masked = {} if mask is None else {"mask": mask}
        return self.function(block, **self.parameters, **masked)


def dask_array(x: Any) -> Any:
    """A Dask array of what is one, or an array; a TypeError of things that are none."""
    refuse_other_memory(x._meta if isinstance(x, da.Array) else x, "input")
    if isinstance(x, da.Array):
        return x
    if not isinstance(x, np.ndarray) and hasattr(x, "shape") and hasattr(x, "dtype"):
        # (Datasets of files stay where they are.)
        return da.asarray(x)
    return da.asanyarray(array_of(x, "input"))


def overlapped(call: Call, x: Any, halos: dict[int, Halo], mask: Any = None) -> Any:
    """The result of a call on every chunk, with halos along the filtered axes."""
    _refuse_unknown_lengths(x, halos)
    masked = isinstance(x._meta, np.ma.MaskedArray)
    if masked and call.parameters["missing"] == "propagate" and mask is None:
        raise ValueError(
            "input is a Dask array of masked arrays, whose masked pixels would be filtered as numbers: missing='ignore' leaves them out, "
            "missing='keep' also keeps them masked, and dask.array.ma.getdata(x) or dask.array.ma.filled(x, number) has numbers everywhere"
        )
    masks = [] if mask is None else [_mask_along(mask, x, halos)]
    # What a call would refuse is refused now; and this is the type of a result.
    probe = np.ma.zeros if masked else np.zeros
    ones = [np.ones((1,) * x.ndim, bool) for _ in masks]
    # (On one pixel every axis is shorter than any kernel, which all modes take.)
    result_of_one = call(probe((1,) * x.ndim, dtype=x.dtype), *ones)
    meta = result_of_one[(slice(0, 0),) * x.ndim] if x.ndim else result_of_one
    chunks = x.chunks
    arrays = [x, *masks]
    # An axis that is one chunk has its border in that chunk. So has one that no halo fits into, or that wraps in one term alone.
    halos = {axis: each for axis, each in halos.items() if each.radius and x.numblocks[axis] > 1}
    one_chunk = {
        axis: -1
        for axis, each in halos.items()
        if each.radius >= x.shape[axis] or ("wrap" in each.modes and len(each.modes) > 1)
    }
    arrays = [array.rechunk({axis: -1 for axis in one_chunk if array.shape[axis] > 1}) for array in arrays]
    halos = {axis: each for axis, each in halos.items() if axis not in one_chunk}
    # Beyond the border of the array there is no halo, so that there the filter's own mode acts.
    wraps = {axis for axis, each in halos.items() if "wrap" in each.modes}
    depth = {axis: 0 for axis in range(x.ndim)}
    depth |= {axis: each.radius for axis, each in halos.items()}
    boundary = {axis: "periodic" if axis in wraps else "none" for axis in range(x.ndim)}
    least = {axis: each.radius for axis, each in halos.items()}
    arrays = [_with_halos(array, least, depth, boundary) for array in arrays]
    result = da.map_blocks(call, *arrays, dtype=meta.dtype, meta=meta)
    if halos:
        result = da.overlap.trim_overlap(result, depth, boundary)
    return result if _has_unknown(result) else result.rechunk(chunks)


def _with_halos(x: Any, least: dict[int, int], depth: dict[int, int], boundary: dict[int, str]) -> Any:
    """The array in chunks that overlap. (As ``dask.array.overlap.overlap``, which takes no axes of unknown length.)"""
    if not least:
        return x
    merged = {axis: da.overlap.ensure_minimum_chunksize(size, x.chunks[axis]) for axis, size in least.items()}
    x = x.rechunk(merged)
    wraps = {axis: depth[axis] for axis, kind in boundary.items() if kind == "periodic"}
    for axis, size in wraps.items():
        before = (slice(None),) * axis
        ends = [x[(*before, slice(-size, None))], x, x[(*before, slice(0, size))]]
        x = da.concatenate(ends, axis=axis, allow_unknown_chunksizes=True)
    shared = da.overlap.overlap_internal(x, depth)
    # A halo from the other end made a chunk of its own, which has a halo too.
    trimmed = (2 * wraps.get(axis, 0) for axis in range(x.ndim))
    return shared[tuple(slice(size, -size) if size else slice(None) for size in trimmed)]


def _has_unknown(x: Any) -> bool:
    return any(np.isnan(length) for length in x.shape)


def _refuse_unknown_lengths(x: Any, halos: dict[int, Halo]) -> None:
    for axis in halos:
        if np.isnan(x.shape[axis]):
            raise ValueError(
                f"axis {axis} is filtered and of unknown length: {x.shape}; compute_chunk_sizes() finds it. Axes that are not filtered "
                "may be of unknown length"
            )


def _mask_along(mask: Any, x: Any, halos: dict[int, Halo]) -> Any:
    """A mask in chunks as those of the array. Along axes that are not filtered it is of length 1 where it does not vary."""
    if isinstance(mask, da.Array):
        if mask.dtype != np.bool_:
            raise TypeError(
                f"mask must be of bool, True where a pixel is valid, not of {mask.dtype}: mask != 0 makes one"
            )
        if isinstance(mask._meta, np.ma.MaskedArray):
            raise TypeError("mask is an array of masked arrays itself: dask.array.ma.filled(mask, False) is a mask")
    else:
        refuse_other_memory(mask, "mask")
        given = np.asarray(array_of(mask, "mask"))
        # (A single False is refused for what it would leave.)
        mask = da.asarray(mask_of(mask, given.shape or (1,) * x.ndim))
    if mask.ndim > x.ndim:
        raise ValueError(f"mask has shape {mask.shape}, which does not broadcast to the input's {x.shape}")
    mask = mask[(np.newaxis,) * (x.ndim - mask.ndim) + (...,)]
    shape, chunks = [], []
    for axis, (own, length) in enumerate(zip(mask.shape, x.shape, strict=True)):
        if own == 1 and axis not in halos:
            shape.append(1)
            chunks.append((1,))
        elif own in (1, length) and not np.isnan(length):
            shape.append(length)
            chunks.append(x.chunks[axis])
        else:
            what = "does not broadcast to" if own == own else "is of unknown length beside"
            raise ValueError(f"mask has shape {mask.shape}, which {what} the input's {x.shape} along axis {axis}")
    return da.broadcast_to(mask, tuple(shape)).rechunk(tuple(chunks))
