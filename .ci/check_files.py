"""Filters HDF5 data sets that h5py wrote with the program, and reads the results with h5py and numpy.

    python .ci/check_files.py target/release/gausstack FOLDER

What is expected is the program's result on the same array in a .npy file.
"""

import itertools
import os
import subprocess

import h5py
import hdf5plugin
import numpy
from filtering import OPTIONS, TYPES, array, check, folder, path, program, random, run, same

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
types = [order + name for name in TYPES for order in ("<", ">")] + ["?"]
for dtype in types:
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
            OPTIONS[-1] = str(1 + number % 2)
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

# Filters of plug-ins, each with every type: chunks that reach beyond the array, of some elements more than a
# multiple of 8, and of several blocks.
shuffles = hdf5plugin.Blosc.NOSHUFFLE, hdf5plugin.Blosc.SHUFFLE, hdf5plugin.Blosc.BITSHUFFLE
plugged = {
    "bitshuffle": lambda turn: hdf5plugin.Bitshuffle((0, 64)[turn % 2], "none"),
    "bitshuffle and LZ4": lambda turn: hdf5plugin.Bitshuffle((0, 64, 16384)[turn % 3], "lz4"),
    "LZ4": lambda turn: {"shuffle": turn % 4 < 2, **hdf5plugin.LZ4((0, 1000)[turn % 2])},
    "checked LZ4": lambda turn: {"shuffle": True, "fletcher32": True, **hdf5plugin.LZ4()},
    "bzip2": lambda turn: {"shuffle": turn % 2 == 0, **hdf5plugin.BZip2(1 + turn % 9)},
} | {
    f"Blosc, {name}": lambda turn, name=name: hdf5plugin.Blosc(name, 1 + turn % 9, shuffles[turn % 3])
    for name in ("blosclz", "lz4", "lz4hc", "snappy", "zlib")
}
count = 0
for dtype in types:
    data = array(dtype)
    numpy.save(path("in.npy"), data)
    check("in.npy", "expected.npy", "--force")
    expected = numpy.load(path("expected.npy"))
    with h5py.File(path("in.h5"), "w", libver=("earliest", "latest")[count % 2]) as file:
        for turn, (name, how) in enumerate(plugged.items(), types.index(dtype)):
            chunks = ((7, 4, 11), (16, 9, 31))[turn % 2]
            file.create_dataset(name, data=data, chunks=chunks, **how(turn))
            # As a writer does whose filters are optional: of one chunk none is applied. (HDF5 leaves the mask as
            # it was where a chunk has the size of the one before, as bitshuffle's have.)
            if name not in ("bitshuffle", "checked LZ4"):
                plain = data[: chunks[0], : chunks[1], : chunks[2]].tobytes()
                file[name].id.write_direct_chunk((0, 0, 0), plain, filter_mask=0b11)
    for turn, name in enumerate(plugged):
        OPTIONS[-1] = str(1 + turn % 2)
        check(f"in.h5:/{name}", "out.npy", "--force")
        same(numpy.load(path("out.npy")), expected)
        count += 1
print(f"{count} data sets with filters of plug-ins are filtered to the bits of .npy files")

# Those that are not read are told by their names, and nothing is written.
data = array("<f4")
unread = {
    "bitshuffle and Zstandard": hdf5plugin.Bitshuffle(cname="zstd"),
    "Zstandard": hdf5plugin.Zstd(),
    "Blosc and Zstandard": hdf5plugin.Blosc("zstd"),
    "Blosc2": hdf5plugin.Blosc2(),
    "ZFP": hdf5plugin.Zfp(reversible=True),
    "SZ": hdf5plugin.SZ(absolute=0.1),
    "SZ3": hdf5plugin.SZ3(absolute=0.1),
    "SPERR": hdf5plugin.Sperr(rate=8),
}
with h5py.File(path("in.h5"), "w") as file:
    for name, how in unread.items():
        file.create_dataset(name, data=data, chunks=(23, 9, 31), **how)
for name in unread:
    said = run(f"in.h5:/{name}", "new.npy")
    assert f"in.h5:/{name}': it is compressed with {name}, which this build cannot read" in said, said
    assert said.count("\n") == 1 and not os.path.exists(path("new.npy")), said
print(f"{len(unread)} filters that are not read are named")

# Chunks that are whole in a slab, and chunks that slabs cut through, of which parts wait in a spool.
large = random.standard_normal((160, 40, 300)).astype("f4")
numpy.save(path("large.npy"), large)
check("large.npy", "expected.npy", "--force")
expected = numpy.load(path("expected.npy"))
for chunks, how, threads in itertools.product(["1,40,300", "7,16,90"], [[], ["--compress", "gzip:1"]], "12"):
    OPTIONS[-1] = threads
    how = ["--chunks", chunks, *how, "--memory", "10MB"]
    dry = [program, "filter", path("large.npy"), path("large.h5:/d"), *OPTIONS, *how, "--dry-run"]
    assert " slabs of shape" in subprocess.run(dry, capture_output=True, text=True, check=True).stdout
    check("large.npy", "large.h5:/d", *how)
    with h5py.File(path("large.h5")) as file:
        same(file["d"][...], expected)
        assert file["d"].chunks == tuple(map(int, chunks.split(","))) and len(list(file)) == 1
    check("large.h5:/d", "again.h5:/d", *how)
    again = run("large.h5:/d", "again.h5:/d", *how)
    assert "--force" in again, again
    os.remove(path("again.h5"))
    os.remove(path("large.h5"))
assert not [name for name in os.listdir(folder) if "part" in name], os.listdir(folder)
print("chunks that are written by way of a spool are read by h5py")

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

# Damage is told with its chunk: of gzip and checksums any, of plug-ins that of the sizes that chunks begin with.
damage = {
    "fletcher32": ({"fletcher32": True}, None),
    "gzip": ({"compression": "gzip"}, None),
    "bzip2": (hdf5plugin.BZip2(), None),
    "LZ4": (hdf5plugin.LZ4(), 2),
    "bitshuffle and LZ4": (hdf5plugin.Bitshuffle(cname="lz4"), 2),
    "Blosc": (hdf5plugin.Blosc("lz4"), 4),
}
for filters, place in damage.values():
    with h5py.File(path("damaged.h5"), "w") as file:
        chunk = file.create_dataset("d", data=data, chunks=(8, 9, 31), **filters).id.get_chunk_info(1)
    with open(path("damaged.h5"), "r+b") as file:
        file.seek(chunk.byte_offset + (chunk.size // 2 if place is None else place))
        file.write(b"\xff" * 6)
    said = run("damaged.h5:/d", "out.h5:/d")
    assert "chunk [1, 0, 0] is damaged" in said and not os.path.exists(path("out.h5")), said
print(f"damaged chunks are named, of {', '.join(damage)}")
