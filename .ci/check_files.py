"""Filters HDF5 data sets that h5py wrote with the program, and reads the results with h5py and numpy.

    python .ci/check_files.py target/release/gausstack FOLDER

What is expected is the program's result on the same array in a .npy file.
"""

import itertools
import os
import subprocess
import sys

import h5py
import numpy

program, folder = sys.argv[1], os.path.join(sys.argv[2], "files")
os.makedirs(folder)
SHAPE = (23, 9, 31)
OPTIONS = ["--sigma", "1,1.5", "--slice-axis", "1", "--threads", "1"]
TYPES = ["f4", "f8", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]
random = numpy.random.default_rng(1)


def path(name):
    return os.path.join(folder, name)


def run(source, result, *more):
    """The program's standard error, None if it succeeded."""
    command = [program, "filter", path(source), path(result), *OPTIONS, *more]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), (command, done)
    return None if done.returncode == 0 else done.stderr


def check(source, result, *more):
    said = run(source, result, *more)
    assert said is None, said


def array(dtype):
    if dtype == "?":
        return random.random(SHAPE) < 0.5
    if dtype[-2] == "f":
        return random.standard_normal(SHAPE).astype(dtype)
    limits = numpy.iinfo(dtype)
    return random.integers(limits.min, limits.max, SHAPE, dtype=numpy.dtype(dtype).newbyteorder("=")).astype(dtype)


def same(found, expected):
    assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("="), (found.dtype, expected.dtype)
    assert found.astype(expected.dtype).tobytes() == expected.tobytes()


stored = {
    "contiguous": {},
    "chunked": {"chunks": (4, 5, 31)},
    "gzip": {"chunks": (1, 9, 31), "compression": "gzip", "compression_opts": 4},
    "shuffled": {"chunks": (5, 2, 8), "compression": "gzip", "shuffle": True},
    "lzf": {"chunks": (23, 1, 31), "compression": "lzf", "shuffle": True},
    "fletcher32": {"chunks": (8, 3, 16), "compression": "gzip", "fletcher32": True},
    "unlimited": {"chunks": (3, 3, 9), "maxshape": (None, None, 31), "compression": "gzip"},
}
written = {
    "contiguous": [],
    "chunked": ["--chunks", "4,9,31"],
    "gzip": ["--compress", "gzip"],
    "chunked gzip": ["--chunks", "5,2,8", "--compress", "gzip:6"],
}
count = 0
for dtype in [order + name for name in TYPES for order in ("<", ">")] + ["?"]:
    data = array(dtype)
    numpy.save(path("in.npy"), data)
    check("in.npy", "expected.npy", "--force")
    expected = numpy.load(path("expected.npy"))
    for libver in "earliest", "latest":
        with h5py.File(path("in.h5"), "w", libver=libver) as file:
            for name, how in stored.items():
                file.create_dataset(f"entry/{name}", data=data, **how)
            file["link"] = h5py.SoftLink("/entry/gzip")
        for number, name in enumerate(["link", *(f"entry/{name}" for name in stored)]):
            kind, how = list(written.items())[number % len(written)]
            check(f"in.h5:/{name}", "out.h5:/a/b", *how)
            with h5py.File(path("out.h5")) as file:
                same(file["a/b"][...], expected)
                assert (file["a/b"].chunks is None) == (kind == "contiguous"), kind
                assert (file["a/b"].compression == "gzip") == ("gzip" in kind), kind
            os.remove(path("out.h5"))
            count += 1
        check("in.h5:/link", "out.npy", "--force")
        same(numpy.load(path("out.npy")), expected)
        check("in.npy", "out.h5:/d", "--memory", "1200kB")
        with h5py.File(path("out.h5")) as file:
            same(file["d"][...], expected)
        os.remove(path("out.h5"))
print(f"{count} data sets of h5py are filtered to the bits of .npy files, and read by h5py")

# A NeXus-like file gets another data set, and keeps all that it had.
data = array("<f4")
numpy.save(path("in.npy"), data)
check("in.npy", "expected.npy", "--force")
with h5py.File(path("scan.nxs"), "w") as file:
    file.attrs["default"] = "entry"
    entry = file.create_group("entry")
    entry.attrs["NX_class"] = "NXentry"
    entry.create_group("empty")
    signal = entry.create_dataset("instrument/detector/data", data=data, chunks=(1, 9, 31), compression="gzip")
    signal.attrs.update(
        units="counts", scale=numpy.array([1.5, 2.5]), index=numpy.int16(-3), offset=numpy.float64(0.25)
    )
    signal.attrs["bytes"] = numpy.bytes_("fixed")
    signal.attrs["axes"] = ["y", "slice", "x"]
    entry["names"] = ["a", "b"]
    entry["data"] = h5py.SoftLink("/entry/instrument/detector/data")


def described(file):
    """All that a file holds, by names."""
    found = {}

    def describe(name, item):
        attributes = {key: numpy.array(value).tolist() for key, value in item.attrs.items()}
        found[name] = attributes, item[...].tolist() if isinstance(item, h5py.Dataset) else None

    file.visititems(describe)
    return found


with h5py.File(path("scan.nxs")) as file:
    before = described(file)
for how in written.values():
    check("scan.nxs:/entry/data", "scan.nxs:/entry/smooth", "--force", *how)
    with h5py.File(path("scan.nxs")) as file:
        same(file["entry/smooth"][...], numpy.load(path("expected.npy")))
        attributes = {key: numpy.array(value).tolist() for key, value in file["entry/smooth"].attrs.items()}
        wanted = before["entry/instrument/detector/data"][0]
        assert attributes == {key: value for key, value in wanted.items() if key != "axes"}, attributes
        after = described(file)
        del after["entry/smooth"]
        assert after == before and file.get("entry/data", getlink=True).path == "/entry/instrument/detector/data"
assert "--force replaces it" in run("in.npy", "scan.nxs:/entry/smooth")
print("a file keeps its other data sets, groups, links and attributes")

# Damage is told with its chunk.
for name, filters in itertools.product(["damaged.h5"], [{"fletcher32": True}, {"compression": "gzip"}]):
    with h5py.File(path(name), "w") as file:
        chunk = file.create_dataset("d", data=data, chunks=(8, 9, 31), **filters).id.get_chunk_info(1)
    with open(path(name), "r+b") as file:
        file.seek(chunk.byte_offset + chunk.size // 2)
        file.write(b"\xff" * 6)
    said = run(f"{name}:/d", "out.h5:/d")
    assert "chunk [1, 0, 0] is damaged" in said and not os.path.exists(path("out.h5")), said
print("damaged chunks are named")
