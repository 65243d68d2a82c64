"""Number of threads of a call."""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from gausstack._gausstack import available_cpus, generation
from gausstack._messages import said


class _Default(threading.local):
    """Default number of threads, for each thread that makes calls."""

    workers = 1


_default = _Default()

# More threads than this are a mistake: no system counts so many.
_MOST_WORKERS = 2**32 - 1


def worker_count(workers: Any) -> int:
    """How many threads are meant: None is the default, negative numbers count back from all CPUs, and there are no more than those."""
    if workers is None:
        return _default.workers
    count = operator.index(workers)
    if count == 0:
        raise ValueError("workers must not be zero")
    if count > _MOST_WORKERS:
        raise ValueError(f"workers value out of range; got {said(count)}, must not be more than {_MOST_WORKERS}")
    if count == 1:
        return 1
    cpus = _cpus()
    if count > 0:
        return min(count, cpus)
    if count < -cpus:
        raise ValueError(f"workers value out of range; got {said(count)}, must not be less than {-cpus}")
    return count + 1 + cpus


def _cpus() -> int:
    """CPUs that this process may use: by its affinity, and by the quota of its control group."""
    if hasattr(os, "sched_getaffinity"):
        return _cpus_of(generation(), frozenset(os.sched_getaffinity(0)))
    return _cpus_of(generation(), None)


# The quota is read from files, which takes longer than filtering a small image.
@lru_cache(maxsize=8)
def _cpus_of(process: int, affinity: frozenset[int] | None) -> int:
    return available_cpus()


@contextmanager
def set_workers(workers: int) -> Iterator[None]:
    """Default number of threads for calls inside the ``with`` block that pass no ``workers=``; -1 is all CPUs.

    It is never more than the CPUs that the process may use. As ``scipy.fft.set_workers`` it holds for the thread that enters the block;
    calls in other threads use 1 unless they set a default of their own, so that calls inside joblib, Dask or ``concurrent.futures`` do
    not multiply.

    Examples
    --------
    >>> import gausstack, numpy
    >>> with gausstack.set_workers(2):
    ...     smooth = gausstack.gaussian_filter(numpy.ones((500, 500)), 3)
    """
    before = _default.workers
    _default.workers = worker_count(workers)
    try:
        yield
    finally:
        _default.workers = before


def get_workers() -> int:
    """Default number of threads for calls of this thread that pass no ``workers=``."""
    return _default.workers
