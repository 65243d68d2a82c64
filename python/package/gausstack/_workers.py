"""How many threads a call uses, and the threads."""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gausstack._gausstack import Pool


class _Default(threading.local):
    """How many threads calls of a thread use that do not say so themselves."""

    workers = 1


_default = _Default()

_pools: dict[int, Pool] = {}
# Idle threads cost memory: who asks for ever other numbers shall not collect them.
_MOST_POOLS = 4

# What a forked child has of its parent's: threads that are not there, behind locks that may be held. Never touched again.
_inherited: list[dict[int, Pool]] = []

# More than any machine has cores, and few enough to be started.
_MOST_WORKERS = 1024


def _forget_pools() -> None:
    global _pools
    _inherited.append(_pools)
    _pools = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pools)


def worker_count(workers: int | None) -> int:
    """How many threads are meant: None is the default, negative numbers count back from all cores."""
    if workers is None:
        return _default.workers
    count = operator.index(workers)
    if count < 0:
        cores = _cores()
        if count < -cores:
            raise ValueError(f"workers value out of range; got {count}, must not be less than {-cores}")
        return count + 1 + cores
    if count == 0:
        raise ValueError("workers must not be zero")
    if count > _MOST_WORKERS:
        raise ValueError(f"workers value out of range; got {count}, must not be more than {_MOST_WORKERS}")
    return count


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pool_of(workers: int) -> Pool | None:
    """Threads to work on; None is the calling thread."""
    if workers == 1:
        return None
    pools = _pools
    pool = pools.get(workers)
    if pool is None:
        pool = pools.setdefault(workers, Pool(workers))
        for other in list(pools)[:-_MOST_POOLS]:
            if other != workers:
                pools.pop(other, None)
    return pool


@contextmanager
def set_workers(workers: int) -> Iterator[None]:
    """Sets how many threads calls within use that do not say so themselves; -1 is all cores.

    As ``scipy.fft.set_workers`` it holds for the thread that says it; other threads have 1 until they say otherwise, so that calls
    inside joblib, Dask or ``concurrent.futures`` do not multiply.

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
    """How many threads a call uses that does not say so itself."""
    return _default.workers
