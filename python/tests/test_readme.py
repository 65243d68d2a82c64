"""What the package's README promises of other libraries."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import skimage
from bits import same_bits
from strategies import values


@pytest.mark.parametrize("dtype", ["f8", "u1", "u2"])
def test_the_line_for_scikit_image(dtype):
    image = values((60, 70, 3), dtype, 1)
    # (Numbers are taken for what lies between 0 and 1.)
    image = np.abs(image) % 1 if dtype == "f8" else image
    as_float = skimage.util.img_as_float(image)
    found = gausstack.gaussian_filter(as_float[..., 0], 2, mode="nearest")
    same_bits(found, skimage.filters.gaussian(image[..., 0], 2))
    found = gausstack.gaussian_filter(as_float, 2, mode="nearest", axes=(0, 1))
    same_bits(found, skimage.filters.gaussian(image, 2, channel_axis=-1))
