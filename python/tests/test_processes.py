"""What can only be seen of a whole process: forks, Ctrl-C, memory, imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from child import child, in_a_child


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_works_and_ends():
    """Its parent's threads are not there: whoever waited for them would wait for ever."""
    in_a_child(
        """
        import os, warnings
        warnings.simplefilter("ignore")
        import numpy as np, gausstack
        image = np.random.default_rng(1).random((700, 800), dtype="f4")
        expected = gausstack.gaussian_filter(image, 2, workers=2)
        with gausstack.set_workers(3):
            gausstack.gaussian_filter(image, 2)
        for _ in range(20):
            child = os.fork()
            if child == 0:
                grandchild = os.fork()
                again = [gausstack.gaussian_filter(image, 2, workers=w) for w in (1, 2, 3, 2)]
                assert all(np.array_equal(found, expected) for found in again)
                if grandchild:
                    _, status = os.waitpid(grandchild, 0)
                    assert status == 0
                # With all that the interpreter does at its end.
                raise SystemExit(0)
            _, status = os.waitpid(child, 0)
            assert status == 0
            assert np.array_equal(gausstack.gaussian_filter(image, 2, workers=2), expected)
        """
    )


LONG = """
import signal, sys, time
import numpy as np, gausstack
# (Where the tests run in the background, Ctrl-C is ignored.)
signal.signal(signal.SIGINT, signal.default_int_handler)
image = np.zeros({shape}, {dtype!r})
print("ready", flush=True)
begun = time.monotonic()
try:
    gausstack.gaussian_filter(image, {sigma}, radius={radius}, output=image, workers={workers})
except KeyboardInterrupt:
    print("interrupted", flush=True)
    # And all goes on.
    assert np.all(gausstack.gaussian_filter(np.ones((500, 600)), 2, workers={workers}) > 0.99)
    sys.exit(7)
print("done after", time.monotonic() - begun, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("shape", "dtype", "radius"),
    [
        ((6000, 8000), "f8", 800),
        ((400, 400, 400), "f4", 5000),
        ((8000, 6000), "u1", 1500),
        ((1000000,), "f8", 200000),
        ((2, 500000), "f4", 200000),
    ],
)
def test_ctrl_c_stops_a_long_call(workers, shape, dtype, radius):
    code = LONG.format(shape=shape, dtype=dtype, sigma=200, radius=radius, workers=workers)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (7, "interrupted\n")
    assert time.monotonic() - begun < 5


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("workers", [1, 2])
def test_handlers_of_other_signals_run_meanwhile(workers):
    in_a_child(
        f"""
        import signal, time
        import numpy as np, gausstack
        heard = []
        signal.signal(signal.SIGALRM, lambda *_: heard.append(time.monotonic()))
        signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
        begun = time.monotonic()
        gausstack.gaussian_filter(np.ones((4000, 4000)), 60, radius=600, workers={workers})
        ended = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert ended - begun > 0.5, "long enough to tell"
        # One signal in two at least was not kept waiting for the end.
        assert sum(begun < t < ended - 0.1 for t in heard) >= (ended - begun) / 0.4 - 1, (heard, begun, ended)
        """
    )


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("call", "arrays", "more"),
    [
        ("gaussian_filter_stack(data, (3, 5), axis=1)", 1, 32),
        ("gaussian_filter_stack(data, (3, 5), axis=1, output=data)", 0, 32),
        # Tiles are larger where the sweep along the first axis is one by itself.
        ("gaussian_filter(data, 2)", 1, 100),
        ("gaussian_filter(data, 2, output=data)", 0, 100),
        ("gaussian_filter(data[::-1, :, ::-1], (3, 5), axes=(0, 2), output=data[::-1, :, ::-1], workers=2)", 0, 32),
        ("gaussian_laplace(data, 2, axes=(0, 2))", 1, 32),
    ],
)
def test_peak_memory_of_a_gigabyte(call, arrays, more):
    """The input, the output and little more: MB for the tiles of all threads."""
    output = in_a_child(
        f"""
        import numpy as np, gausstack
        from gausstack import *
        gaussian_filter(np.ones((300, 300), "f4"), 3, workers=2)
        data = np.ones((3000, 17, 5264), "f4")
        def peak():
            with open("/proc/self/status") as status:
                return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
        before = peak()
        {call}
        print((peak() - before - {arrays} * data.nbytes) / 2**20)
        """
    )
    assert float(output) <= more


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
@pytest.mark.parametrize("more", [1, 100, 300, 500, 700])
def test_memory_that_is_not_there_is_an_error(more):
    """Hundreds of megabytes of weights: whichever copy of them does not fit, nothing aborts."""
    in_a_child(
        f"""
        import resource
        import numpy as np, gausstack
        weights, image = np.random.default_rng(1).random(30_000_001), np.ones(3)
        gausstack.gaussian_filter(np.ones((300, 300)), 1)
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + ({more} << 20),) * 2)
        for symmetric in (False, True):
            try:
                gausstack.correlate1d(image, weights + weights[::-1] if symmetric else weights)
            except MemoryError:
                pass
        """
    )


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(
    "call",
    [
        "gaussian_filter(line, 2e7)",
        "gaussian_filter1d(line, 2e7, order=2)",
        "gaussian_filter1d(line, 1e7, order=2, derivatives='exact')",
    ],
)
def test_ctrl_c_stops_long_weights(call):
    """A hundred million weights of a kernel, longer than any image."""
    code = """
    import signal, sys, time
    import numpy as np
    from gausstack import *
    signal.signal(signal.SIGINT, signal.default_int_handler)
    line = np.zeros(3)
    print("ready", flush=True)
    try:
        CALL
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(7)
    """
    code = textwrap.dedent(code).replace("CALL", call)
    waits = []
    for pause in (0.2, 0.6, 1.2):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(pause)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert (process.returncode, output) == (7, "interrupted\n")
        waits.append(time.monotonic() - begun)
    # (In parts of some milliseconds, but for the copy that the filter takes; and a gigabyte is given back.)
    assert max(waits) < 3, waits


def test_an_import_without_the_metadata_of_an_installation(tmp_path):
    """A package that was copied or frozen."""
    import shutil
    from pathlib import Path

    import gausstack

    shutil.copytree(Path(gausstack.__file__).parent, tmp_path / "gausstack")
    done = child(
        f"""
        import sys, importlib.metadata
        sys.path.insert(0, {str(tmp_path)!r})
        # As if there were none.
        importlib.metadata.distribution = importlib.metadata.version = None
        import gausstack
        assert gausstack.__file__.startswith({str(tmp_path)!r})
        print(gausstack.__version__)
        """
    )
    assert done.stdout.strip() == gausstack.__version__, done.stderr


def test_what_an_import_brings():
    """Neither scipy nor Dask, and little time."""
    output = in_a_child(
        """
        import sys, gausstack
        print([name for name in ("scipy", "dask", "joblib", "distributed") if name in sys.modules])
        """
    )
    assert output == "[]\n"


def test_dask_is_imported_when_asked_for():
    in_a_child("import gausstack; gausstack.dask.gaussian_filter")
    done = child("import sys; sys.modules['dask'] = None; import gausstack; gausstack.dask")
    assert "pip install 'gausstack[dask]'" in done.stderr


def test_a_level_that_is_not_there_is_an_error():
    done = child(
        "import numpy, gausstack; gausstack.gaussian_filter(numpy.ones((5, 5)), 1)",
        env={**os.environ, "GAUSSTACK_LEVEL": "neon9"},
    )
    assert "ValueError" in done.stderr and "neon9" in done.stderr


def test_a_tuning_that_nobody_knows_is_an_error():
    done = child(
        "import numpy, gausstack; gausstack.gaussian_filter(numpy.ones((5, 5)), 1)",
        env={**os.environ, "GAUSSTACK_TUNING": "zen9"},
    )
    assert "ValueError" in done.stderr and "zen9" in done.stderr
