"""What results are written to, and which arrays can be filtered."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def output_for(output: Any, image: Array, *, complex_sums: bool = False, keep_layout: bool = False) -> Array:
    """The array that a result is written to, as scipy takes ``output``: None, a type, a name of one, or an array.

    Its values are not set. ``complex_sums`` promises a complex result; ``keep_layout`` has the axes of a new array in memory as
    they are in the image.
    """
    if output is None:
        dtype = np.promote_types(image.dtype, np.complex64) if complex_sums else _native(image.dtype)
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
        given = np.asarray(output)
        if given.shape != image.shape:
            raise RuntimeError(f"output shape not correct: {given.shape} for an input of {image.shape}")
        if complex_sums and given.dtype.kind != "c":
            raise RuntimeError("output must have complex dtype")
        return given
    if keep_layout:
        return np.empty_like(image, dtype=dtype, order="K", subok=False)
    return np.empty(image.shape, dtype=dtype)


def _native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in this machine's byte order; a TypeError of one that has no number, as scipy has it."""
    return dtype if dtype.isnative and dtype.kind in "biufc" else np.dtype(dtype.name)


def check_types(image: Array, out: Array) -> None:
    """Refuses a result that cannot be written, and types that there are no sums of."""
    if not out.flags.writeable:
        raise ValueError("output array is read-only.")
    for dtype in (image.dtype, out.dtype):
        if dtype.kind not in "biu" and not (dtype.kind == "f" and dtype.itemsize in (4, 8)):
            native = dtype if dtype.isnative else dtype.newbyteorder("=")
            raise RuntimeError(f"array type {native!r} not supported")


def copy_of(image: Array, out: Array) -> None:
    """Assigns, as if the image had been copied before: numpy itself is wrong where both overlap with other strides."""
    out[...] = image.copy() if np.may_share_memory(image, out) else image
