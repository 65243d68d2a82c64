"""What is filtered: images, masks of their valid pixels, and things that are no image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from gausstack._messages import kind
from gausstack._parameters import Arithmetic
from gausstack._types import Array, Mask


@dataclass(eq=False, slots=True)
class Image:
    """An image, as numpy's array, and the mask of its pixels."""

    pixels: Array
    #: True where a pixel is valid; of the shape of the pixels, often broadcast. None: all are.
    valid: Mask | None = None
    #: The input was a masked array.
    is_masked: bool = False

    def part(self, index: Any) -> Image:
        """The pixels at an index."""
        valid = None if self.valid is None else self.valid[index]
        return Image(self.pixels[index], valid, self.is_masked)


def image_of(input: Any, sums: Arithmetic, mask: Any = None, *, slice_axes: Sequence[int] | None = None) -> Image:
    """The image that an input is, without the pixels that its own mask or ``mask`` leaves out.

    ``slice_axes`` are the axes of a slice of a stack, where ``mask`` may have the shape of one.
    """
    array = array_of(input, "input")
    pixels = np.asarray(array)
    valid = None if mask is None else mask_of(mask, pixels.shape, slice_axes)
    if pixels is array or not isinstance(array, np.ma.MaskedArray):
        return Image(pixels, valid)
    masked = np.ma.getmaskarray(array)
    count = int(np.count_nonzero(masked))
    if count > 0 and valid is None and sums.missing == "propagate":
        raise ValueError(
            f"input is a masked array of which {count} pixels are masked, and they would be filtered as numbers: missing='ignore' "
            "leaves them out, missing='keep' also keeps them masked, and input.data or input.filled(number) filters all"
        )
    if count > 0:
        valid = ~masked if valid is None else valid & ~masked
    return Image(pixels, valid, is_masked=True)


def array_of(thing: Any, name: str) -> Array:
    """A thing as numpy's array, which may be a masked one; a TypeError of things that are none, and of arrays that would lose a mask."""
    if isinstance(thing, np.ndarray):
        array: Array = thing
    else:
        refuse_other_memory(thing, name)
        # (Strings are sequences to numpy, and iterators single objects.)
        if thing is None or isinstance(thing, (str, bytes, Mapping, Set, Iterator)):
            raise TypeError(f"{name} must be an array, not {kind(thing)}")
        if isinstance(thing, (list, tuple)) and _holds_masked(thing):
            raise TypeError(
                f"{name} is a list of masked arrays, which loses their masks; numpy.ma.stack makes one array of them"
            )
        array = np.asanyarray(thing)
        if array.dtype.kind == "O":
            raise TypeError(f"{name} must be an array of numbers, not {_first_object(thing, array)}")
    if array.dtype.kind == "O":
        # (The type and the words are scipy's.)
        raise RuntimeError(f"array type {array.dtype!r} not supported: {name} holds {_first_object(thing, array)}")
    if type(array) is np.ndarray or isinstance(array, np.ma.MaskedArray):
        return array
    if hasattr(array, "unmasked"):
        raise TypeError(f"{name} is {kind(thing)}, which would lose its mask: pass its unmasked and mask=~its mask")
    return array


def refuse_other_memory(thing: Any, name: str) -> None:
    """Refuses arrays that are not in this computer's memory."""
    if hasattr(thing, "__cuda_array_interface__"):
        raise TypeError(f"{name} is {kind(thing)} on a GPU: copy it to an array of numpy first")


def mask_of(mask: Any, shape: tuple[int, ...], slice_axes: Sequence[int] | None = None) -> Mask:
    """A mask of valid pixels, broadcast to a shape without being stored again."""
    array = array_of(mask, "mask")
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError("mask is a masked array itself: its filled(False) is a mask")
    given: Mask = np.asarray(array)
    if given.dtype != np.bool_:
        raise TypeError(f"mask must be of bool, True where a pixel is valid, not of {given.dtype}: mask != 0 makes one")
    if given.ndim == 0 and not given and shape:
        raise ValueError(
            "mask is False, which leaves all pixels out: mask= is True where a pixel is valid, and numpy.ma's is True where one is masked"
        )
    if slice_axes is not None and given.ndim not in (0, len(shape)):
        slice_shape = tuple(shape[axis] for axis in slice_axes)
        if given.shape != slice_shape:
            raise ValueError(f"mask has shape {given.shape}, expected {shape}, or {slice_shape} for one slice")
        given = given[tuple(slice(None) if axis in slice_axes else np.newaxis for axis in range(len(shape)))]
    try:
        return np.broadcast_to(given, shape)
    except ValueError:
        raise ValueError(f"mask has shape {given.shape}, which does not broadcast to the input's {shape}") from None


def copied_mask(valid: Mask) -> Mask:
    """A copy of a mask, of bytes that are 0 and 1; what is broadcast stays so."""
    stored = valid[tuple(slice(0, 1) if step == 0 else slice(None) for step in valid.strides)] if valid.size else valid
    return np.broadcast_to(stored.view(np.uint8) != 0, valid.shape)


def _holds_masked(things: Sequence[Any]) -> bool:
    """Whether any of some things is a masked array, or a list of some."""
    others = (thing for thing in things if not isinstance(thing, (int, float)))
    return any(
        isinstance(thing, np.ma.MaskedArray) or (isinstance(thing, (list, tuple)) and _holds_masked(thing))
        for thing in others
    )


def _first_object(thing: Any, array: Array) -> str:
    """Which object is no number, among those that numpy did not convert."""
    if array.ndim == 0 and not isinstance(thing, np.ndarray):
        return kind(thing)
    odd = next((each for each in array.flat if not isinstance(each, (int, float, complex, np.number))), None)
    if array.size and odd is None and None not in array.flat:
        return "numbers as objects"
    return f"objects such as {kind(odd)}" if array.size else "objects"
