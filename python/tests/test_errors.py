"""Bad input: scipy's types of exceptions, before anything is written."""

from __future__ import annotations

import inspect
import warnings
from fractions import Fraction

import gausstack
import numpy as np
import pytest
import scipy.ndimage

IMAGE = np.arange(20.0).reshape(4, 5)


def read_only(dtype):
    array = np.zeros((4, 5), dtype)
    array.flags.writeable = False
    return array


READ_ONLY = read_only("f8")

#: Calls that scipy refuses: function, positional arguments, keywords.
REFUSED = [
    ("gaussian_filter", ("abc", 1), {}),
    ("gaussian_filter", (np.zeros(3, [("a", "f4")]), 1), {}),
    ("gaussian_filter", ([[1, 2], [3]], 1), {}),
    ("gaussian_filter", (IMAGE, 1), {"output": np.zeros((4, 4))}),
    ("gaussian_filter", (IMAGE, 1), {"output": np.zeros((1, 4, 5))}),
    ("gaussian_filter", (IMAGE, 1), {"output": "bool"}),
    ("gaussian_filter", (IMAGE, 1), {"output": "nonsense"}),
    ("gaussian_filter", (IMAGE, 1), {"output": "complex64"}),
    ("gaussian_filter", (IMAGE + 1j, 1), {"output": np.float64}),
    ("gaussian_filter", (IMAGE + 1j, 1), {"output": np.zeros((4, 5))}),
    ("gaussian_filter1d", (IMAGE + 1j, 1), {"output": "float64"}),
    ("gaussian_filter1d", (IMAGE + 1j, 1), {"output": np.zeros((4, 5))}),
    ("gaussian_filter", (IMAGE, 1), {"output": READ_ONLY}),
    ("gaussian_filter", (IMAGE, 0), {"output": READ_ONLY}),
    ("gaussian_filter", (IMAGE + 1j, 1), {"output": read_only("c16")}),
    ("gaussian_filter", (IMAGE, 1), {"axes": (0, 5)}),
    ("gaussian_filter", (IMAGE, 1), {"axes": 5}),
    ("gaussian_filter", (IMAGE, 1), {"axes": -3}),
    ("gaussian_filter", (IMAGE, 1), {"axes": (0, 0)}),
    ("gaussian_filter", (IMAGE, 1), {"axes": (0, -2)}),
    ("gaussian_filter", (IMAGE, 1), {"axes": 1.0}),
    ("gaussian_filter", (IMAGE, 1), {"axes": (0.0, 1)}),
    ("gaussian_filter", (IMAGE, 1), {"axes": "01"}),
    ("gaussian_filter", (IMAGE, 1), {"axes": np.array(1)}),
    ("gaussian_filter", (IMAGE, 1), {"axes": object()}),
    ("gaussian_filter", (IMAGE, (1, 2, 3)), {}),
    ("gaussian_filter", (IMAGE, (1,)), {}),
    ("gaussian_filter", (IMAGE, 1), {"order": (0, 1, 2)}),
    ("gaussian_filter", (IMAGE, 1), {"mode": ["wrap"]}),
    ("gaussian_filter", (IMAGE, 1), {"mode": b"reflect"}),
    ("gaussian_filter", (IMAGE, 1), {"radius": (1, 2, 3)}),
    ("gaussian_filter", (IMAGE, None), {}),
    ("gaussian_filter", (IMAGE, "1"), {}),
    ("gaussian_filter", (IMAGE, 1j), {}),
    ("gaussian_filter", (IMAGE, np.inf), {}),
    ("gaussian_filter", (IMAGE, np.inf), {"radius": 3}),
    ("gaussian_filter", (IMAGE, 1), {"truncate": np.nan}),
    ("gaussian_filter", (IMAGE, 1), {"truncate": np.inf}),
    ("gaussian_filter", (IMAGE, 1), {"truncate": -4}),
    ("gaussian_filter", (IMAGE, 1), {"truncate": None}),
    ("gaussian_filter", (IMAGE, 1), {"truncate": "4"}),
    ("gaussian_filter", (IMAGE, 1), {"truncate": [4, 4]}),
    ("gaussian_filter", (IMAGE, 1), {"radius": -1}),
    ("gaussian_filter", (IMAGE, 1), {"radius": 2.0}),
    ("gaussian_filter", (IMAGE, 1), {"radius": np.array(2)}),
    ("gaussian_filter", (IMAGE, 1), {"radius": (2, "2")}),
    ("gaussian_filter", (IMAGE, 1), {"order": -1}),
    ("gaussian_filter", (IMAGE, 1), {"order": (0, -1)}),
    ("gaussian_filter", (IMAGE, 1), {"order": 1.0}),
    ("gaussian_filter", (IMAGE, 1), {"order": True}),
    ("gaussian_filter", (IMAGE, 1), {"order": None}),
    ("gaussian_filter", (IMAGE, 1), {"order": "1"}),
    ("gaussian_filter", (IMAGE, 1), {"mode": "Reflect"}),
    ("gaussian_filter", (IMAGE, 1), {"mode": "edge"}),
    ("gaussian_filter", (IMAGE, 1), {"mode": None}),
    ("gaussian_filter", (IMAGE, 1), {"mode": 0}),
    ("gaussian_filter", (IMAGE, 1), {"mode": ("wrap", "edge")}),
    ("gaussian_filter1d", (IMAGE, 1), {"mode": ["wrap"]}),
    ("gaussian_filter", (IMAGE, 1), {"cval": "1"}),
    ("gaussian_filter", (IMAGE, 1), {"cval": None}),
    ("gaussian_filter", (IMAGE, 1), {"cval": [1]}),
    ("gaussian_filter", (IMAGE, 1), {"cval": 1j}),
    ("gaussian_filter", (IMAGE, 1), {"cval": 10**400}),
    ("gaussian_filter", (IMAGE.astype("f2"), 1), {}),
    ("gaussian_filter", (IMAGE.astype(np.longdouble), 1), {}),
    ("gaussian_filter", (IMAGE.astype(object), 1), {}),
    ("gaussian_filter", (IMAGE.astype("M8[s]"), 1), {}),
    ("gaussian_filter", (IMAGE, 1), {"output": np.float16}),
    ("gaussian_filter", (IMAGE, 1), {"output": np.zeros((4, 5), "f2")}),
    ("gaussian_filter", (IMAGE, 1), {"output": np.complex64}),
    ("gaussian_filter1d", (IMAGE, 0), {}),
    ("gaussian_filter1d", (IMAGE, "1"), {}),
    ("gaussian_filter1d", (IMAGE, -1), {}),
    ("gaussian_filter1d", (IMAGE, float("nan")), {}),
    ("gaussian_filter1d", (3.0, 1), {}),
    ("gaussian_filter1d", (IMAGE, 1, 2), {}),
    ("gaussian_filter1d", (IMAGE, 1, 0.0), {}),
    ("gaussian_filter1d", (IMAGE, (1, 2)), {}),
    ("gaussian_filter1d", (IMAGE, 1), {"axes": 0}),
    ("gaussian_laplace", (IMAGE, (1, 2, 3)), {}),
    ("gaussian_laplace", (IMAGE, 1), {"mode": "edge"}),
    ("gaussian_laplace", (IMAGE, 1), {"mode": ["wrap"] * 3}),
    ("gaussian_laplace", (IMAGE, 1), {"axes": 7}),
    ("gaussian_laplace", (IMAGE, 1), {"radii": 7}),
    ("gaussian_laplace", (IMAGE, 1), {"radius": -7}),
    ("gaussian_laplace", (IMAGE.astype("f2"), 1), {}),
    ("gaussian_gradient_magnitude", (IMAGE, "a"), {}),
    ("gaussian_gradient_magnitude", (IMAGE, 1), {"output": READ_ONLY}),
    ("gaussian_gradient_magnitude", (IMAGE, 1), {"truncate": np.inf}),
    ("gaussian_gradient_magnitude", (IMAGE > 3, 1), {"output": read_only("?")}),
    ("correlate1d", (IMAGE, []), {}),
    ("correlate1d", (IMAGE, [[1, 2]]), {}),
    ("correlate1d", (IMAGE, 3), {}),
    ("correlate1d", (IMAGE, ["a"]), {}),
    ("correlate1d", (IMAGE, [1, 2, 3]), {"origin": 2}),
    ("correlate1d", (IMAGE, [1, 2, 3]), {"origin": -2}),
    ("correlate1d", (IMAGE, [1, 2, 3]), {"origin": 0.5}),
    ("correlate1d", (IMAGE, [1, 2]), {"origin": 1}),
    ("correlate1d", (IMAGE, [1, 2]), {"axis": 2}),
    ("correlate1d", (IMAGE, [1j]), {"cval": 1j}),
    ("correlate1d", (IMAGE, [1j]), {"output": "f8"}),
    ("convolve1d", (IMAGE, [1, 2, 3]), {"origin": 2}),
    ("convolve1d", (IMAGE, [1, 2]), {"origin": -2}),
    ("convolve1d", (IMAGE, [1, 2]), {"mode": "edge"}),
]


@pytest.mark.parametrize(("function", "args", "kwargs"), REFUSED)
def test_what_scipy_refuses(function, args, kwargs):
    def refusal(module):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(Exception) as raised:  # noqa: PT011
                getattr(module, function)(*args, **kwargs)
        return raised.value

    theirs, ours = refusal(scipy.ndimage), refusal(gausstack)
    assert isinstance(ours, type(theirs)), (ours, theirs)
    assert str(ours)


#: Mistakes in the last thing that is looked at.
LATE = [
    {"mode": ("reflect", "edge")},
    {"order": (0, -1)},
    {"radius": (2, -1)},
    {"sigma": (1, np.inf)},
    {"sigma": (1, 1j)},
    {"cval": "x"},
    {"axes": (1, 7)},
    {"workers": 0},
    {"workers": "two"},
    {"workers": -1000},
    {"precision": "single"},
    {"rounding": 1},
    {"missing": None},
    {"missing": "ignore", "order": (0, 1)},
    {"radius": (2, 2**61)},
]


@pytest.mark.parametrize("kwargs", LATE)
@pytest.mark.parametrize("dtype", ["f8", "c16"])
def test_nothing_is_written_before_an_error(kwargs, dtype):
    image = IMAGE.astype(dtype)
    out = np.full((4, 5), -7.0, dtype)
    with pytest.raises((ValueError, TypeError, RuntimeError, OverflowError, MemoryError)):
        gausstack.gaussian_filter(image, **({"sigma": 1, "output": out} | kwargs))
    assert np.all(out == -7)
    own = image.copy()
    with pytest.raises((ValueError, TypeError, RuntimeError, OverflowError, MemoryError)):
        gausstack.gaussian_filter(own, **({"sigma": 1, "output": own} | kwargs))
    assert np.array_equal(own, image)


@pytest.mark.parametrize(
    ("kwargs", "named"),
    [
        ({"precision": "single"}, "'native' or 'double', not 'single'"),
        ({"rounding": "up"}, "'scipy' or 'nearest', not 'up'"),
        ({"missing": "drop"}, "'propagate', 'ignore' or 'keep', not 'drop'"),
        ({"workers": 0}, "must not be zero"),
        ({"workers": -99}, "-99"),
        ({"output": np.zeros((5, 4))}, r"\(5, 4\) for an input of \(4, 5\)"),
        ({"order": (0, 1), "missing": "ignore"}, "derivatives cannot leave pixels out, found order 1 along axis 1"),
        ({"order": 2, "missing": "keep"}, "derivatives cannot leave pixels out, found order 2 along axis 0"),
        ({"order": (0, 1), "mask": IMAGE > 3}, "derivatives cannot leave pixels out, found order 1 along axis 1"),
        ({"derivatives": "right"}, "'truncated' or 'exact', not 'right'"),
        ({"sigma": (1, 2, 3)}, "sigma has 3 values for 2 filtered axes"),
        ({"fill": 3}, "mask="),
        ({"fill": 300, "output": "u1", "missing": "ignore"}, "uint8 does not hold the fill value 300"),
        ({"fill": 0.5, "output": "i4", "mask": IMAGE > 3}, "int32 does not hold the fill value 0.5"),
        ({"fill": 1e39, "output": "f4", "mask": IMAGE > 3}, "float32 does not hold the fill value 1e[+]39"),
        ({"workers": 10**300}, "1.000000e[+]300"),
    ],
)
def test_messages_name_the_value(kwargs, named):
    with pytest.raises((ValueError, RuntimeError), match=named):
        gausstack.gaussian_filter(IMAGE, **({"sigma": 1} | kwargs))


def test_what_scipy_takes_too():
    """Values of unusual types that both accept."""
    for args, kwargs in (
        ((IMAGE, Fraction(3, 2)), {}),
        ((IMAGE, np.array([1.0, 2.0])), {"order": np.array([0, 1]), "mode": np.array(["wrap", "mirror"])}),
        ((IMAGE, np.array(1.5)), {"axes": np.array([1, 0])}),
        ((IMAGE, (s for s in (1, 2))), {"axes": [0, 1]}),
        ((IMAGE, True), {"cval": True, "mode": "constant", "radius": True}),
        ((IMAGE, 1), {"cval": np.float16(2), "mode": "constant", "truncate": np.float32(3)}),
        ((IMAGE, 1), {"order": 0.0, "radius": np.int16(3)}),
        ((IMAGE, 1), {"axes": True}),
        ((IMAGE, 1), {"mode": np.array("wrap")}),
        ((IMAGE, 1), {"axes": {0, 1}}),
        ((IMAGE, 0), {"mode": "edge", "axes": 9}),
        ((3.0, 1), {"mode": "edge"}),
        ((IMAGE.astype("f2"), 0), {"output": "f4"}),
    ):
        again = tuple((1, 2) if inspect.isgenerator(value) else value for value in args)
        expected = scipy.ndimage.gaussian_filter(*again, **kwargs)
        found = gausstack.gaussian_filter(*args, **kwargs)
        assert found.dtype == expected.dtype and np.array_equal(found, expected), (args, kwargs)


def test_signatures_begin_as_scipy_s():
    common = {"workers", "precision", "rounding", "missing"}
    for name in ("gaussian_filter", "gaussian_filter1d", "correlate1d", "convolve1d"):
        theirs = inspect.signature(getattr(scipy.ndimage, name)).parameters
        ours = inspect.signature(getattr(gausstack, name)).parameters
        own = common | {"mask", "fill"} | ({"derivatives", "ideal"} if name.startswith("gaussian") else set())
        assert own <= set(ours)
        rest = [p.replace(annotation=p.empty) for p in ours.values() if p.name not in own]
        assert rest == list(theirs.values())
        assert all(ours[p].kind is inspect.Parameter.KEYWORD_ONLY for p in own)
    for name in ("gaussian_laplace", "gaussian_gradient_magnitude"):
        theirs = inspect.signature(getattr(scipy.ndimage, name)).parameters
        ours = inspect.signature(getattr(gausstack, name)).parameters
        # What scipy hands on to `gaussian_filter` is listed here.
        own_too = common | {"derivatives", "ideal", "truncate", "radius"}
        rest = [p.replace(annotation=p.empty) for p in ours.values() if p.name not in own_too]
        assert rest == [p for p in theirs.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="numpy 2")
def test_strings_of_numpy_2():
    for kwargs in ({"output": np.zeros((4, 5), np.dtypes.StringDType())}, {"output": np.dtypes.StringDType()}):
        with pytest.raises((RuntimeError, TypeError)):
            gausstack.gaussian_filter(IMAGE, 1, **kwargs)


def test_radii_that_no_memory_holds():
    for radius, said in ((2**31, str(2**31)), (2**62, "4.611686e[+]18"), (10**30, "1.000000e[+]30")):
        with pytest.raises(MemoryError, match=f"a radius of {said} is"):
            gausstack.gaussian_filter(IMAGE, 1, radius=radius)
    with pytest.raises(MemoryError, match=r"a radius of 4.000000e[+]300 is"):
        gausstack.gaussian_filter(IMAGE, 1e300)


def test_a_stack_counts_slices_along_one_axis():
    stack = np.zeros((3, 4, 5))
    for name in ("sigma", "order", "radius", "mode"):
        kwargs = {"sigma": 1, name: {"mode": ("wrap",) * 3}.get(name, (1, 1, 1))}
        with pytest.raises(
            RuntimeError, match=f"{name} has 3 values for the 2 axes of a slice: of 3 axes, axis 1 counts slices"
        ):
            gausstack.gaussian_filter_stack(stack, axis=1, **kwargs)


@pytest.mark.parametrize(
    ("function", "kwargs", "said"),
    [
        ("gaussian_filter", {"sigma": 1, "axes": 10**400}, "axis 1.000000e+400 is out of bounds"),
        ("gaussian_filter", {"sigma": 1, "axes": (0, 10**400)}, "axis: 1.000000e+400 is out of range"),
        ("gaussian_filter1d", {"sigma": 1, "axis": -(10**30)}, "axis -1.000000e+30 is out of bounds"),
        ("gaussian_filter", {"sigma": 1, "radius": 10**400}, "a radius of 1.000000e+400 is"),
        ("gaussian_filter", {"sigma": 1, "truncate": 1e300}, "a radius of 1.000000e+300 is"),
        ("gaussian_filter", {"sigma": 1, "order": 10**400}, "order must be at most 1000, found 1.000000e+400"),
        ("gaussian_filter", {"sigma": 1, "order": 100_000}, "order must be at most 1000, found 100000"),
        ("gaussian_filter", {"sigma": 99, "order": 171, "derivatives": "exact"}, "at most 170, found 171 along axis 0"),
        ("correlate1d", {"weights": [1, 2], "origin": 10**400}, "Invalid origin 1.000000e+400"),
        ("gaussian_filter", {"sigma": 1, "workers": -(10**400)}, "got -1.000000e+400"),
        ("gaussian_filter", {"sigma": 1, "fill": 1e300, "output": "f4", "missing": "keep"}, "the fill value 1e+300"),
    ],
)
def test_long_numbers_are_said_in_short(function, kwargs, said):
    with pytest.raises((ValueError, MemoryError)) as raised:
        getattr(gausstack, function)(IMAGE, **kwargs)
    assert said in str(raised.value) and len(str(raised.value)) < 150
