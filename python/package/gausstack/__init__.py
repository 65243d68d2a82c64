"""Fast Gaussian filters for stacks of images, with the signatures and the numbers of ``scipy.ndimage``.

    import gausstack
    smooth = gausstack.gaussian_filter(image, 3)                         # as scipy's
    smooth = gausstack.gaussian_filter_stack(data, (3, 5), axis=1)       # every slice of a stack, on all cores

`gausstack.dask` filters Dask arrays.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from gausstack._correlate import convolve1d, correlate1d
from gausstack._derived import gaussian_gradient_magnitude, gaussian_laplace
from gausstack._files import filter_file
from gausstack._filters import gaussian_filter, gaussian_filter1d, gaussian_filter_stack
from gausstack._gausstack import __version__ as __version__
from gausstack._kernel import radius
from gausstack._workers import get_workers, set_workers

if _TYPE_CHECKING:
    from gausstack import dask as dask

__all__ = [
    "convolve1d",
    "correlate1d",
    "filter_file",
    "gaussian_filter",
    "gaussian_filter1d",
    "gaussian_filter_stack",
    "gaussian_gradient_magnitude",
    "gaussian_laplace",
    "get_workers",
    "radius",
    "set_workers",
]


def __getattr__(name: str) -> _Any:
    # Dask need not be there, and takes a second to import.
    if name == "dask":
        return _import_module("gausstack.dask")
    raise AttributeError(f"module 'gausstack' has no attribute '{name}'")
