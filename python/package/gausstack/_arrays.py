"""Arrays whose pixels can be filtered, or converted."""

from __future__ import annotations

from typing import Any

import numpy as np

from gausstack._types import Array


def native(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type in this machine's byte order; a TypeError of one that has no number, as scipy has it."""
    return dtype if dtype.isnative and dtype.kind in "biufc" else np.dtype(dtype.name)


def check_types(image: Array, out: Array) -> None:
    """Refuses a result that cannot be written, and types that there are no sums of."""
    if not out.flags.writeable:
        raise ValueError("output array is read-only.")
    for dtype in (image.dtype, out.dtype):
        if dtype.kind not in "biu" and not (dtype.kind == "f" and dtype.itemsize in (4, 8)):
            own = dtype if dtype.isnative else dtype.newbyteorder("=")
            raise RuntimeError(f"array type {own!r} not supported")


def copy_of(image: Array, out: Array) -> None:
    """Assigns, as if the image had been copied before: numpy itself is wrong where both overlap with other strides."""
    out[...] = image.copy() if np.may_share_memory(image, out) else image
