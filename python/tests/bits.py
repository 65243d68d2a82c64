"""Comparisons: of bits where bits are promised, of every pixel within its bound elsewhere."""

from __future__ import annotations

import numpy as np
from gausstack._kernel import gaussian_kernel1d


def same_bits(found, expected):
    """Both arrays are of one type and shape, and equal bit for bit, the bits of NaN excepted."""
    assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
    assert found.shape == expected.shape
    found, expected = (np.ascontiguousarray(a, a.dtype.newbyteorder("=")) for a in (found, expected))
    if found.dtype.kind == "c":
        found, expected = (a[..., np.newaxis].view(a.real.dtype) for a in (found, expected))
    if found.dtype.kind == "f":
        nan = np.isnan(expected)
        np.testing.assert_array_equal(np.isnan(found), nan)
        found, expected = (np.where(nan, 0, a) for a in (found, expected))
    raw = f"u{found.dtype.itemsize}"
    np.testing.assert_array_equal(found.view(raw), expected.view(raw))


def error_bound(image, sigma, order, truncate, radius, cval):
    """What float32 sums and stores may be off by: 2e-7 max|x| sum|w| for every filtered axis, and scipy's own rounding."""
    most = max(float(np.abs(image).max(initial=0)), abs(cval))
    filtered, gain = 0, 1.0
    for s, n, r in zip(sigma, order, radius, strict=True):
        if s > 1e-15:
            distance = int(truncate * s + 0.5) if r is None else r
            gain *= max(1.0, float(np.abs(gaussian_kernel1d(float(s), n, distance)).sum()))
            filtered += 1
    return filtered * (2e-7 + 6e-8) * most * gain + 1e-37
