"""A pytest plugin: scipy's own tests with this package's functions in place of scipy's.

pytest -p scipys_tests --pyargs scipy.ndimage.tests.test_filters
"""

import functools

import gausstack
import scipy.ndimage
from gausstack import _kernel
from scipy._lib._array_api import xp_capabilities_table
from scipy.ndimage import _filters

REPLACED = (
    "gaussian_filter",
    "gaussian_filter1d",
    "gaussian_laplace",
    "gaussian_gradient_magnitude",
    "correlate1d",
    "convolve1d",
)

#: Calls of each function: a test run in which one was never called has tested something else.
calls = dict.fromkeys(REPLACED, 0)


def counted(name):
    function = getattr(gausstack, name)

    @functools.wraps(function)
    def call(*args, **kwargs):
        calls[name] += 1
        return function(*args, **kwargs)

    return call


for name in REPLACED:
    replacement = counted(name)
    # The tests look up what array types a function takes.
    xp_capabilities_table[replacement] = xp_capabilities_table[getattr(scipy.ndimage, name)]
    setattr(scipy.ndimage, name, replacement)
    # scipy's own callers among the tested functions.
    setattr(_filters, name, replacement)
_filters._gaussian_kernel1d = _kernel.gaussian_kernel1d


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line("calls: " + ", ".join(f"{name} {n}" for name, n in calls.items()))


def pytest_sessionfinish(session):
    if not all(calls.values()) and session.exitstatus == 0:
        session.exitstatus = 1
