"""Examples in docstrings, and that everything public has one."""

from __future__ import annotations

import doctest
import inspect

import gausstack
import gausstack.dask
import pytest
from gausstack import _correlate, _derived, _files, _filters, _kernel, _workers

MODULES = (gausstack.dask, _correlate, _derived, _files, _filters, _kernel, _workers)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples(module):
    results = doctest.testmod(module, raise_on_error=False)
    assert results.failed == 0 and results.attempted > 0


@pytest.mark.parametrize("name", gausstack.__all__)
def test_everything_public_says_what_it_does(name):
    assert len(inspect.getdoc(getattr(gausstack, name))) > 40


def test_version():
    assert gausstack.__version__.count(".") == 2
