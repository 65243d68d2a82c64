"""Threads of a call, threads around calls, and what becomes of both."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import gausstack
import joblib
import numpy as np
import pytest
from bits import same_bits
from child import in_a_child
from gausstack import _workers
from strategies import values


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1"])
def test_the_same_bits_for_any_number(dtype):
    for shape in ((700, 800), (5, 300, 310), (40, 50, 60)):
        image = values(shape, dtype, 1)
        expected = gausstack.gaussian_filter(image, 2)
        for workers in (2, 3, 7, -1, None):
            same_bits(gausstack.gaussian_filter(image, 2, workers=workers), expected)


@pytest.fixture(autouse=True)
def twelve_cpus(request, monkeypatch):
    """As many as tests ask for, whatever the machine has."""
    if "own_cpus" not in request.keywords:
        monkeypatch.setattr(_workers, "_cpus", lambda: 12)


def test_set_workers():
    assert gausstack.get_workers() == 1
    with gausstack.set_workers(3):
        assert gausstack.get_workers() == 3
        with gausstack.set_workers(-1):
            assert gausstack.get_workers() == 12
        assert gausstack.get_workers() == 3
        # Threads of others are not meant.
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(gausstack.get_workers).result() == 1
    assert gausstack.get_workers() == 1
    with pytest.raises(KeyError), gausstack.set_workers(2):
        raise KeyError
    assert gausstack.get_workers() == 1


def test_set_workers_in_other_contexts():
    """Generators are begun in one context and ended in another."""

    def smooth():
        with gausstack.set_workers(3):
            yield gausstack.get_workers()

    begun = smooth()
    assert contextvars.copy_context().run(next, begun) == 3
    assert next(begun, None) is None
    assert gausstack.get_workers() == 1

    async def elsewhere():
        with gausstack.set_workers(3):
            return await asyncio.to_thread(gausstack.get_workers)

    assert asyncio.run(elsewhere()) == 1


@pytest.mark.parametrize(
    ("workers", "error"),
    [
        (0, ValueError),
        (-1000, ValueError),
        (2**32, ValueError),
        (10**400, ValueError),
        (1.5, TypeError),
        ("2", TypeError),
    ],
)
def test_bad_numbers(workers, error):
    with pytest.raises(error), gausstack.set_workers(workers):
        pass
    with pytest.raises(error):
        gausstack.gaussian_filter_stack(np.zeros((3, 4, 5)), 1, workers=workers)
    assert gausstack.get_workers() == 1


def test_negative_numbers_count_from_all_cpus():
    assert _workers.worker_count(-1) == 12
    assert _workers.worker_count(-12) == 1


@pytest.mark.parametrize("workers", [13, 10**9, 2**32 - 1])
def test_more_threads_than_cpus_are_no_more(workers):
    assert _workers.worker_count(workers) == 12
    with gausstack.set_workers(workers):
        assert gausstack.get_workers() == 12


@pytest.mark.own_cpus
def test_a_billion_threads_are_not_started():
    image = values((700, 800), "f4", 1)
    before = len(own_threads())
    begun = time.monotonic()
    same_bits(gausstack.gaussian_filter(image, 2, workers=10**9), gausstack.gaussian_filter(image, 2))
    assert time.monotonic() - begun < 20
    assert len(own_threads()) - before <= os.cpu_count() + 1


@pytest.mark.own_cpus
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity")
def test_cpus_are_those_of_the_affinity():
    own = os.sched_getaffinity(0)
    assert 1 <= _workers._cpus() <= len(own)
    try:
        os.sched_setaffinity(0, {min(own)})
        assert _workers._cpus() == 1
        assert _workers.worker_count(-1) == _workers.worker_count(8) == 1
    finally:
        os.sched_setaffinity(0, own)


@pytest.mark.own_cpus
def test_cpus_are_those_of_the_quota(monkeypatch):
    """What the extension finds counts, which knows the quota of the control group; the affinity alone is not asked."""
    _workers._cpus_of.cache_clear()
    monkeypatch.setattr(_workers, "available_cpus", lambda: 1)
    try:
        assert _workers.worker_count(-1) == _workers.worker_count(8) == 1
    finally:
        _workers._cpus_of.cache_clear()


def own_threads():
    """Names of this process's threads."""
    from pathlib import Path

    tasks = Path("/proc/self/task")
    if not tasks.exists():
        pytest.skip("no /proc")
    names = []
    for task in tasks.iterdir():
        # (A thread may end meanwhile.)
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            names.append((task / "comm").read_text().strip())
    return names


def test_few_threads_are_kept():
    image = values((700, 800), "f4", 1)
    for workers in range(2, 13):
        gausstack.gaussian_filter(image, 2, workers=workers)
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda workers: gausstack.gaussian_filter(image, 2, workers=workers), range(2, 13)))
    deadline = time.monotonic() + 10
    # Threads of pools that were dropped end by themselves; four pools are kept.
    while sum(name.startswith("gausstack-") for name in own_threads()) > 4 * os.cpu_count():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_small_images_start_no_threads():
    code = """
        import os, numpy as np, gausstack
        gausstack.gaussian_filter(np.ones((64, 64), "f4"), 1)
        before = len(os.listdir("/proc/self/task"))
        gausstack.gaussian_filter(np.ones((64, 64), "f4"), 1, workers=8)
        assert len(os.listdir("/proc/self/task")) == before
    """
    if not os.path.exists("/proc/self/task"):
        pytest.skip("no /proc")
    in_a_child(code)


def test_calls_in_many_threads_at_once():
    image = values((300, 310), "f4", 2)
    expected = gausstack.gaussian_filter(image, 3)

    def call(i):
        return gausstack.gaussian_filter(image, 3, workers=1 + i % 3)

    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(call, range(64)):
            same_bits(found, expected)


@pytest.mark.parametrize("workers", [1, 2])
def test_other_threads_go_on_meanwhile(workers):
    """The interpreter lock is not held: a thread of Python counts while a filter runs."""
    image = values((3000, 4000), "f8", 3)
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    begun = time.monotonic()
    gausstack.gaussian_filter(image, 100, workers=workers)
    ended = time.monotonic()
    stop.set()
    thread.join()
    during = [t for t in ticks if begun < t < ended]
    assert ended - begun > 0.1, "long enough to tell"
    # A lock held throughout would leave a tick or two.
    assert len(during) > 20


def test_two_calls_progress_together():
    image = values((2000, 2000), "f8", 4)
    spans = []

    def call():
        begun = time.monotonic()
        gausstack.gaussian_filter(image, 20)
        spans.append((begun, time.monotonic()))

    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (a, b), (c, d) = spans
    overlap = min(b, d) - max(a, c)
    assert overlap > 0.5 * min(b - a, d - c)


@pytest.mark.parametrize("name", [name for name in gausstack.__all__])
def test_functions_are_picklable(name):
    function = getattr(gausstack, name)
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_joblib(prefer):
    data = values((60, 4, 70), "f4", 5)
    smooth = joblib.Parallel(n_jobs=2, prefer=prefer)(
        joblib.delayed(gausstack.gaussian_filter)(data[:, i], (3, 5), 0) for i in range(4)
    )
    same_bits(np.stack(smooth, axis=1), gausstack.gaussian_filter_stack(data, (3, 5), axis=1))


@pytest.mark.parametrize("start", ["spawn", "forkserver", "fork"])
def test_process_pools(start):
    image = values((700, 800), "f4", 6)
    expected = gausstack.gaussian_filter(image, 2, workers=2)
    with ProcessPoolExecutor(2, mp_context=get_context(start)) as processes:
        calls = [processes.submit(gausstack.gaussian_filter, image, 2, workers=2) for _ in range(3)]
        for call in calls:
            same_bits(call.result(timeout=120), expected)
