"""What is kept from call to call, and that nothing of it is ever stale."""

from __future__ import annotations

import enum
import os

import gausstack
import numpy as np
import pytest
import scipy.ndimage
from bits import same_bits
from child import in_a_child
from strategies import values

IMAGE = values((30, 40), "f8", 1)


@pytest.mark.parametrize(
    ("parameters", "changed", "error"),
    [
        ({"order": 1}, {"order": 1.0}, "integer"),
        ({"order": 1}, {"order": True}, "integer, not a bool"),
        ({"order": (1, 0)}, {"order": (1.0, 0)}, "integer"),
        ({"order": (1, 0)}, {"order": (True, 0)}, "integer, not a bool"),
        ({"radius": 3}, {"radius": 3.0}, "nonnegative integer"),
        ({"radius": (3, 2)}, {"radius": (3, 2.0)}, "nonnegative integer"),
        ({"axes": (0, 1)}, {"axes": (0, 1.0)}, "integer"),
        ({"axes": 1}, {"axes": 1.0}, "integer"),
        ({"sigma": 1}, {"sigma": "1"}, "sigma"),
        ({"mode": "wrap"}, {"mode": b"wrap"}, "mode"),
    ],
)
def test_equal_parameters_of_other_types_are_not_the_same(parameters, changed, error):
    given = {"sigma": 1.5} | parameters
    for _ in range(2):
        gausstack.gaussian_filter(IMAGE, **given)
        with pytest.raises((TypeError, ValueError, RuntimeError), match=error):
            gausstack.gaussian_filter(IMAGE, **given | changed)


@pytest.mark.parametrize(
    "sigma", [2, 2.0, np.float64(2), np.int64(2), np.float32(2), True, (2, 2.0), [2, 2.0], np.array([2, 2])]
)
def test_sigmas_of_any_type_give_the_same(sigma):
    expected = scipy.ndimage.gaussian_filter(IMAGE, sigma)
    for _ in range(2):
        same_bits(gausstack.gaussian_filter(IMAGE, sigma), expected)


def test_errors_name_lists_as_lists():
    """Also where a tuple of the same numbers was right, or wrong, before."""
    for _ in range(2):
        gausstack.gaussian_filter(IMAGE, (1, 2))
        same_bits(gausstack.gaussian_filter(IMAGE, [1, 2]), gausstack.gaussian_filter(IMAGE, (1, 2)))
        for sigma, named in (([1, 2], r"\[1, 2\]"), ((1, 2), r"\(1, 2\)")):
            with pytest.raises(TypeError, match=f"sigma must be a number, not {named}"):
                gausstack.gaussian_filter1d(IMAGE, sigma)
        with pytest.raises(TypeError, match="integer"):
            gausstack.gaussian_filter(IMAGE, [1, 2], order=[0, 1.0])
        gausstack.gaussian_filter(IMAGE, [1, 2], order=[0, 1])


def test_sequences_of_each_type_are_looked_at_once():
    from gausstack._remembered import remembered

    looked = []
    look = remembered(lambda *parameters: looked.append(parameters) or len(looked))
    sequences = [(1, 2), (1.0, 2.0), (1, 2.0), np.array([1.0, 2.0]), [1, 2], [1.0, 2.0], (True, 2)]
    assert [look(0, each) for each in sequences] == [look(0, each) for each in sequences] == [1, 2, 3, 4, 1, 2, 5]
    changing = [[[1, 2]], [None, object()], {1: 2}, np.array(2.0), np.ones((2, 2))]
    assert all(look(each) != look(each) for each in changing)


class Growing:
    """A number that is another one each time, and always equal to itself."""

    def __init__(self):
        self.value = 0.5

    def __gt__(self, other):
        return self.value > other

    def __float__(self):
        self.value += 0.5
        return self.value


def test_what_can_change_is_looked_at_each_time():
    sigma = Growing()
    found = [gausstack.gaussian_filter1d(IMAGE, sigma, radius=4) for _ in range(2)]
    for each, value in zip(found, (1.0, 1.5), strict=True):
        same_bits(each, scipy.ndimage.gaussian_filter1d(IMAGE, value, radius=4))
    sigmas, orders = [1.0, 2.0], np.array([0, 0])
    for _ in range(2):
        expected = scipy.ndimage.gaussian_filter(IMAGE, sigmas, orders)
        same_bits(gausstack.gaussian_filter(IMAGE, sigmas, orders), expected)
        sigmas[0], orders[1] = 3.0, 1


@pytest.mark.parametrize("kind", [list, np.array, lambda weights: np.repeat(np.array(weights), 2)[::2]])
@pytest.mark.parametrize("count", [3, 65, 1100])
def test_weights_that_were_changed_in_place(kind, count):
    weights = kind([float(i % 7) for i in range(count)])
    for change in (1.0, -2.5, 0.0):
        for function in ("correlate1d", "convolve1d"):
            expected = getattr(scipy.ndimage, function)(IMAGE, weights)
            same_bits(getattr(gausstack, function)(IMAGE, weights), expected)
        weights[1] = change


def test_weights_that_a_call_has_seen_stay_the_caller_s():
    weights = [1, 2, 1]
    gausstack.correlate1d(IMAGE, weights)
    weights[0] = 5
    array = np.array([1.0, 2.0, 1.0])
    gausstack.correlate1d(IMAGE, array)
    array[0] = 5
    assert weights == array.tolist() == [5, 2, 1] and array.flags.writeable


@pytest.mark.parametrize("weights", [[2**70, 1, 0], [2**70], (1, -(2**64))])
def test_weights_beyond_64_bits_are_an_error_also_after_equal_floats(weights):
    gausstack.correlate1d(IMAGE, [float(weight) for weight in weights])
    for _ in range(2):
        with pytest.raises(TypeError, match="weights must be an array of numbers"):
            gausstack.correlate1d(IMAGE, weights)


@pytest.mark.parametrize("container", [list, tuple, np.array])
def test_weights_of_either_zero(container):
    """0 and -0 are equal, and their products are not."""
    image = np.array([3.0, 2.0, 1.0, 5.0])
    for zero in (0.0, -0.0, 0.0):
        expected = scipy.ndimage.correlate1d(image, container([zero]))
        same_bits(gausstack.correlate1d(image, container([zero])), expected)
        assert np.all(np.signbit(expected) == np.signbit(zero))


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_numbers_outside_of_either_zero(zero):
    image = np.full((3, 4), -0.0)
    for cval in (zero, -zero, zero):
        expected = scipy.ndimage.correlate1d(image, [1.0], mode="constant", cval=cval, origin=0)
        same_bits(gausstack.correlate1d(image, [1.0], mode="constant", cval=cval), expected)
        # (Only what is outside: one sample, moved by one.)
        shifted = gausstack.correlate1d(image, [1.0, 0.0], mode="constant", cval=cval)
        same_bits(shifted, scipy.ndimage.correlate1d(image, [1.0, 0.0], mode="constant", cval=cval))


def test_fill_values_of_either_zero():
    image, mask = np.ones((4, 5)), np.zeros((4, 5), bool)
    for fill in (0.0, -0.0, 0.0, np.nan, 7.0):
        found = gausstack.gaussian_filter(image, 1, mask=mask, fill=fill)
        same_bits(found, np.full((4, 5), fill))


def test_numbers_outside_are_part_of_what_is_kept():
    for cval in (0.0, 1.0, 0, np.float32(0.5), 0.0):
        expected = scipy.ndimage.gaussian_filter(IMAGE, 1, mode="constant", cval=cval)
        same_bits(gausstack.gaussian_filter(IMAGE, 1, mode="constant", cval=cval), expected)
    with pytest.raises(TypeError):
        gausstack.gaussian_filter(IMAGE, 1, cval="0")


def test_errors_come_in_the_same_order_as_ever():
    """What cannot be filtered is named before a number outside that is none."""
    for _ in range(2):
        with pytest.raises(RuntimeError, match="not supported"):
            gausstack.gaussian_filter(IMAGE.astype("f2"), 1, cval="0")
        locked = IMAGE.copy()
        locked.flags.writeable = False
        with pytest.raises(ValueError, match="read-only"):
            gausstack.gaussian_filter(IMAGE, 1, output=locked, cval="0")
        gausstack.gaussian_filter(IMAGE, 1)


class Word(str, enum.Enum):
    DOUBLE = "double"
    NEAREST = "nearest"
    KEEP = "keep"


def test_words_that_are_equal_to_words():
    image = values((20, 30), "f4", 2)
    expected = gausstack.gaussian_filter(image, 1, precision="double")
    same_bits(gausstack.gaussian_filter(image, 1, precision=Word.DOUBLE), expected)
    same_bits(gausstack.gaussian_filter(image, 1, precision=np.str_("double")), expected)
    image[3, 4] = np.nan
    expected = gausstack.gaussian_filter(image, 1, missing="keep")
    same_bits(gausstack.gaussian_filter(image, 1, missing=Word.KEEP), expected)
    for wrong in (Word.NEAREST, 1, None, ["double"], np.array(["double"])):
        with pytest.raises(ValueError, match="precision must be 'native' or 'double'"):
            gausstack.gaussian_filter(image, 1, precision=wrong)


def test_terms_and_single_filters_of_the_same_parameters():
    """Those of one function are not another's."""
    for _ in range(2):
        for name in ("gaussian_laplace", "gaussian_gradient_magnitude", "gaussian_filter", "gaussian_filter1d"):
            same_bits(getattr(gausstack, name)(IMAGE, 1.25), getattr(scipy.ndimage, name)(IMAGE, 1.25))


def test_the_environment_is_looked_at_in_each_call(monkeypatch):
    expected = gausstack.gaussian_filter(IMAGE, 1)
    for name, wrong in (("GAUSSTACK_LEVEL", "neon9"), ("GAUSSTACK_CACHES", "many")):
        for _ in range(2):
            monkeypatch.setenv(name, wrong)
            with pytest.raises(ValueError, match=f"{name}.*{wrong}"):
                gausstack.gaussian_filter(IMAGE, 1)
            monkeypatch.delenv(name)
            same_bits(gausstack.gaussian_filter(IMAGE, 1), expected)
    monkeypatch.setenv("GAUSSTACK_LEVEL", "portable")
    monkeypatch.setenv("GAUSSTACK_CACHES", "unknown")
    same_bits(gausstack.gaussian_filter(IMAGE, 1), expected)


def test_long_kernels_are_not_kept():
    """Each takes megabytes: eighty of them would be seen."""
    code = """
        import numpy as np, gausstack
        def used():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024
        line = np.ones(3)
        gausstack.gaussian_filter(line, 1, radius=200_000)
        before = used()
        for i in range(40):
            gausstack.gaussian_filter(line, 1 + i / 1000, radius=200_000)
            gausstack.gaussian_filter1d(line, 1 + i / 1000, radius=200_000)
        assert used() - before < 100, used() - before
    """
    if not os.path.exists("/proc/self/status"):
        pytest.skip("no /proc")
    in_a_child(code)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forks_are_counted_however_they_come():
    """Plans are kept for one process: a fork may come while another thread holds a lock within one, which nobody opens in the child."""
    code = """
        import ctypes, os, warnings
        warnings.simplefilter("ignore")
        import numpy as np, gausstack
        from gausstack._gausstack import generation
        image = np.random.default_rng(1).random((64, 64), dtype="f4")
        expected = gausstack.gaussian_filter(image, 1)
        # By Python, and by the C library without Python's knowledge.
        for fork in (os.fork, ctypes.PyDLL(None).fork):
            seen = {generation()}
            child = fork()
            if child == 0:
                seen.add(generation())
                assert len(seen) == 2
                grandchild = fork()
                if grandchild == 0:
                    seen.add(generation())
                else:
                    assert os.waitpid(grandchild, 0)[1] == 0
                same = np.array_equal(gausstack.gaussian_filter(image, 1), expected)
                os._exit(0 if same and len(seen) == (2 if grandchild else 3) else 3)
            assert os.waitpid(child, 0)[1] == 0
            assert {generation()} == seen
    """
    in_a_child(code)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forks_amid_small_calls_of_other_threads():
    code = """
        import os, threading, warnings
        warnings.simplefilter("ignore")
        import numpy as np, gausstack
        image = np.random.default_rng(1).random((64, 64), dtype="f4")
        expected = gausstack.gaussian_filter(image, 1)
        stop = threading.Event()
        def call():
            while not stop.is_set():
                gausstack.gaussian_filter(image, 1)
        threads = [threading.Thread(target=call) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(40):
            child = os.fork()
            if child == 0:
                again = [gausstack.gaussian_filter(image, 1) for _ in range(3)]
                os._exit(0 if all(np.array_equal(found, expected) for found in again) else 3)
            _, status = os.waitpid(child, 0)
            assert status == 0
        stop.set()
        for thread in threads:
            thread.join()
        assert np.array_equal(gausstack.gaussian_filter(image, 1), expected)
    """
    in_a_child(code)
