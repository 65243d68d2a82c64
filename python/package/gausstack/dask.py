"""Gaussian filters of Dask arrays, chunk by chunk with the halos that they need.

>>> import dask.array, gausstack.dask
>>> x = dask.array.ones((100, 400, 500), chunks=(10, 200, 200), dtype="float32")
>>> y = gausstack.dask.gaussian_filter(x, (3, 5), axes=(1, 2))          # nothing is computed yet
>>> y.shape, y.dtype
((100, 400, 500), dtype('float32'))
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gausstack import _filters
from gausstack._parameters import gaussian_axes

try:
    import dask.array as da
except ImportError as error:  # pragma: no cover
    raise ImportError("gausstack.dask needs Dask: pip install 'gausstack[dask]'") from error

__all__ = ["gaussian_filter"]


def gaussian_filter(
    x: Any,
    sigma: Any,
    order: Any = 0,
    mode: Any = "reflect",
    cval: Any = 0.0,
    truncate: float = 4.0,
    *,
    radius: Any = None,
    axes: Any = None,
    workers: int | None = None,
    precision: str = "native",
    rounding: str = "scipy",
    missing: str = "propagate",
) -> Any:
    """Smooth a Dask array, or take its derivatives: lazily, and with the bits of `gausstack.gaussian_filter` for any chunks.

    Parameters
    ----------
    x : dask.array.Array or array_like
        The array. Chunks take a halo of the true radius along filtered axes and none along others. Chunks shorter than the radius are
        merged with their neighbours for the filter; axes shorter than the radius become one chunk.
    sigma, order, mode, cval, truncate, radius, axes, precision, rounding, missing
        As those of `gausstack.gaussian_filter`. Modes hold at the border of the array alone; 'wrap' takes its halo from the other end.
    workers : int, optional
        Threads within a chunk: None is 1, since Dask has a worker for each core, or what `gausstack.set_workers` says in this worker.

    Returns
    -------
    dask.array.Array
        Of the shape, the type and the chunks of ``x``, in this machine's byte order.

    Raises
    ------
    ValueError, TypeError, RuntimeError, OverflowError
        For parameters: now, not when it is computed.
    """
    x = da.asarray(x)
    along = gaussian_axes(x.ndim, axes, sigma, order, mode, truncate, radius)
    if any(np.isnan(length) for length in x.shape):
        raise ValueError(f"the array has axes of unknown length: {x.shape}; compute_chunk_sizes() finds them")
    chunks = x.chunks
    filtered = partial(
        _filters.gaussian_filter,
        sigma=[each.sigma for each in along],
        order=[each.order for each in along],
        mode=[each.mode for each in along],
        cval=cval,
        truncate=0.0,
        radius=[each.radius for each in along],
        axes=[each.axis for each in along],
        workers=workers,
        precision=precision,
        rounding=rounding,
        missing=missing,
    )
    # What a call would refuse is refused now; and this is the type of a result.
    dtype = filtered(np.zeros((1,) * x.ndim, x.dtype)).dtype
    if not along:
        return x.astype(dtype)
    # An axis that is one chunk has its border in that chunk. So has one that no halo fits into.
    halos = {each.axis: each for each in along if each.radius and x.numblocks[each.axis] > 1}
    whole = {axis: -1 for axis, each in halos.items() if each.radius >= x.shape[axis]}
    x = x.rechunk(whole)
    halos = {axis: each for axis, each in halos.items() if axis not in whole}
    depth = {axis: halos[axis].radius if axis in halos else 0 for axis in range(x.ndim)}
    # Beyond the border of the array there is no halo, so that there the filter's own mode acts.
    boundary = {axis: "periodic" if axis in halos and halos[axis].mode == "wrap" else "none" for axis in range(x.ndim)}
    result = da.map_overlap(
        filtered, x, depth=depth, boundary=boundary, dtype=dtype, meta=np.empty((0,) * x.ndim, dtype)
    )
    return result.rechunk(chunks)
