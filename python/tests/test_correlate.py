"""``correlate1d`` and ``convolve1d`` against scipy."""

from __future__ import annotations

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from hypothesis import given
from hypothesis import strategies as st
from strategies import COMPLEX, MODES, REAL, laid, outputs, shapes, values


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("function", ["correlate1d", "convolve1d"])
@given(st.data())
def test_scipy_s_bits(function, data):
    shape = data.draw(shapes(least=1))
    kind = data.draw(st.sampled_from(("real", "real", "image", "weights", "both")))
    seed = data.draw(st.integers(0, 2**32))
    image = values(shape, data.draw(st.sampled_from(COMPLEX if kind in ("image", "both") else REAL)), seed)
    image = data.draw(laid(image))
    count = data.draw(st.integers(1, 12))
    weights = values(
        count, data.draw(st.sampled_from(COMPLEX if kind in ("weights", "both") else ("f8", "f4"))), seed + 1
    )
    symmetry = data.draw(st.sampled_from((0, 1, -1)))
    weights = weights + symmetry * weights[::-1]
    weights = data.draw(st.sampled_from((weights, weights.tolist(), np.repeat(weights, 2)[::2])))
    output = data.draw(outputs(shape, REAL if kind == "real" else COMPLEX))
    kwargs = {
        "axis": data.draw(st.integers(-len(shape), len(shape) - 1)),
        "mode": data.draw(st.sampled_from(MODES)),
        "cval": 0.5,
        "origin": data.draw(st.integers(-(count // 2), (count - 1) // 2)),
    }
    copied = output.copy() if isinstance(output, np.ndarray) else output
    expected = getattr(scipy.ndimage, function)(image, weights, output=copied, **kwargs)
    found = getattr(gausstack, function)(image, weights, output=output, **kwargs, precision="double")
    same_bits(found, expected)


@pytest.mark.parametrize("shift", [0, 1, -3])
def test_complex_weights_in_place_and_overlapping(shift):
    weights = [1, 2j, 3 - 1j]
    line = values(400, "c16", 1)
    long = np.concatenate([line, line[:10]])
    source, target = (long[max(0, shift) :][:400], long[max(0, -shift) :][:400])
    expected = gausstack.correlate1d(source.copy(), weights)
    same_bits(gausstack.correlate1d(source, weights, output=target), expected)


def test_scharr_s_slope():
    y, x = np.mgrid[:40, :50].astype("f4")
    ramp = 3 * y + 4 * x
    smooth = gausstack.correlate1d(ramp, [3 / 16, 10 / 16, 3 / 16], axis=0)
    assert gausstack.correlate1d(smooth, [-0.5, 0, 0.5], axis=1)[20, 25] == pytest.approx(4, abs=1e-4)
