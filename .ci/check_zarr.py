"""Filters arrays that zarr-python wrote with the program, and reads the results with zarr-python.

    python .ci/check_zarr.py target/release/gausstack FOLDER

What is expected is the program's result on the same array in a .npy file.
"""

import json
import os
import shutil
import subprocess
import time

import numcodecs
import numpy
import zarr
from filtering import SHAPE, TYPES, array, check, folder, path, program, random, run, same
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

V2 = {
    "plain": {"compressors": None},
    "fortran": {"compressors": None, "order": "F"},
    "slashes": {"compressors": numcodecs.GZip(3), "chunk_key_encoding": {"name": "v2", "separator": "/"}},
    "zlib": {"compressors": numcodecs.Zlib(5), "order": "F"},
    "zstd": {"compressors": numcodecs.Zstd(3)},
    "lz4": {"compressors": numcodecs.LZ4()},
    "shuffled": {"compressors": numcodecs.Zlib(1), "filters": "shuffle"},
} | {
    f"blosc {name} {shuffle}": {"compressors": numcodecs.Blosc(name, 5, shuffle)}
    for name in ("lz4", "lz4hc", "zstd", "zlib", "blosclz")
    for shuffle in (numcodecs.Blosc.NOSHUFFLE, numcodecs.Blosc.SHUFFLE, numcodecs.Blosc.BITSHUFFLE)
}
V3 = {
    "plain": {"compressors": None},
    "big": {"compressors": None, "serializer": BytesCodec(endian="big")},
    "gzip": {"compressors": GzipCodec(level=3)},
    "zstd": {"compressors": ZstdCodec(level=3)},
    "checksums of zstd": {"compressors": [ZstdCodec(level=1, checksum=True), Crc32cCodec()]},
    "blosc": {"compressors": BloscCodec(cname="zstd", shuffle="shuffle")},
    "bits": {"compressors": BloscCodec(cname="lz4", shuffle="bitshuffle")},
    "transposed": {"compressors": GzipCodec(level=1), "filters": TransposeCodec(order=(2, 0, 1))},
    "dots": {"compressors": None, "chunk_key_encoding": {"name": "default", "separator": "."}},
    "old keys": {"compressors": None, "chunk_key_encoding": {"name": "v2", "separator": "."}},
    "shards": {"shards": (16, 6, 32), "compressors": ZstdCodec(level=1)},
    "checked shards": {"shards": (8, 9, 16), "compressors": [GzipCodec(level=1), Crc32cCodec()]},
    "index first": {
        "compressors": None,
        "serializer": ShardingCodec(
            chunk_shape=(4, 3, 8),
            codecs=[TransposeCodec(order=(1, 2, 0)), BytesCodec(), ZstdCodec(level=1)],
            index_location="start",
        ),
        "chunks": (8, 9, 16),
    },
}
written = {
    "plain": ([], None, None),
    "chunks": (["--chunks", "4,9,31"], (4, 9, 31), None),
    "gzip": (["--compress", "gzip:4", "--chunks", "5,2,8"], (5, 2, 8), None),
    "shards": (["--chunks", "4,3,8", "--shards", "8,9,32", "--compress", "gzip"], (4, 3, 8), (8, 9, 32)),
    "plain shards": (["--chunks", "5,9,31", "--shards", "30,9,31"], (5, 9, 31), (30, 9, 31)),
}


def create(name, data, version, how):
    # A chunk that is all fill value has no file.
    how = {"chunks": (8, 3, 8), "fill_value": 0} | how
    if how.get("filters") == "shuffle":
        how["filters"] = [numcodecs.Shuffle(data.dtype.itemsize)]
    created = zarr.create_array(
        path(name), shape=data.shape, dtype=data.dtype, zarr_format=version, overwrite=True, **how
    )
    created[...] = data


count = 0
for dtype in [order + name for name in TYPES for order in ("<", ">")] + ["?"]:
    data = array(dtype)
    data[:8, :3] = 0
    numpy.save(path("in.npy"), data)
    check("in.npy", "expected.npy", "--force")
    expected = numpy.load(path("expected.npy"))
    for version, ways in ((2, V2), (3, V3)):
        for number, (name, how) in enumerate(ways.items()):
            if version == 3 and dtype[0] == ">" and name not in ("big", "plain"):
                continue
            create("in.zarr", data, version, how)
            options, chunks, shards = list(written.values())[number % len(written)]
            check("in.zarr", "out.zarr", "--force", *options)
            result = zarr.open_array(path("out.zarr"), mode="r")
            same(result[...], expected)
            assert result.metadata.zarr_format == (3 if shards else version), (name, result.metadata)
            assert chunks is None or (result.chunks, result.shards) == (chunks, shards), result.metadata
            count += 1
    check("in.zarr", "out.npy", "--force")
    same(numpy.load(path("out.npy")), expected)
    check("in.npy", "slabs.zarr", "--force", "--memory", "1200kB", "--chunks", "9,5,12")
    same(zarr.open_array(path("slabs.zarr"), mode="r")[...], expected)
print(f"{count} arrays of zarr-python are filtered to the bits of .npy files, and read by zarr-python")

# Values of chunks without files.
data = array("<f4")
numpy.save(path("in.npy"), data)
for version in (2, 3):
    for value in (numpy.nan, numpy.inf, -numpy.inf, 2.5):
        sparse = zarr.create_array(
            path("in.zarr"),
            shape=SHAPE,
            dtype="f4",
            chunks=(8, 3, 8),
            fill_value=value,
            zarr_format=version,
            overwrite=True,
        )
        sparse[:8, 3:] = data[:8, 3:]
        numpy.save(path("in.npy"), sparse[...])
        check("in.npy", "expected.npy", "--force")
        check("in.zarr", "out.zarr", "--force")
        same(zarr.open_array(path("out.zarr"), mode="r")[...], numpy.load(path("expected.npy")))
print("chunks without files have the fill value")

# A store keeps what else it has; attributes and names of axes are copied.
shutil.rmtree(path("in.zarr"))
root = zarr.open_group(path("scan.zarr"), mode="w")
root.attrs["title"] = "scan"
entry = root.create_group("entry")
entry["angles"] = numpy.arange(23.0)
attributes = {"units": "counts", "scale": [1.5, 2.5], "nested": {"index": -3}, "big": 2**63 + 1, "tiny": 1e-308}
raw = entry.create_array("data", data=data, chunks=(8, 3, 8), dimension_names=("angle", "y", "x"))
raw.attrs.update(attributes)
numpy.save(path("in.npy"), data)
check("in.npy", "expected.npy", "--force")
for options, chunks, shards in written.values():
    check("scan.zarr:/entry/data", "scan.zarr:/entry/smooth/first", "--force", *options)
    root = zarr.open_group(path("scan.zarr"), mode="r")
    smooth = root["entry/smooth/first"]
    same(smooth[...], numpy.load(path("expected.npy")))
    assert dict(smooth.attrs) == attributes and smooth.metadata.dimension_names == ("angle", "y", "x")
    assert smooth.chunks == (chunks or (8, 3, 8)) and smooth.shards == shards, smooth.metadata
    assert root.attrs["title"] == "scan" and sorted(root["entry"].keys()) == ["angles", "data", "smooth"]
    assert root["entry/angles"][...].tolist() == list(range(23))
assert "--force replaces it" in run("in.npy", "scan.zarr:/entry/smooth/first")
assert "it is a group" in run("in.npy", "scan.zarr:/entry", "--force")
group = zarr.open_group(path("old.zarr"), mode="w", zarr_format=2)
check("in.npy", "old.zarr:/a/b")
same(zarr.open_group(path("old.zarr"), mode="r")["a/b"][...], numpy.load(path("expected.npy")))
assert os.path.exists(path("old.zarr/a/b/.zarray"))
print("a store keeps its other arrays, groups and attributes")

# What cannot be read is told by its name.
create("in.zarr", data, 2, {"compressors": numcodecs.BZ2()})
assert "codec 'bz2' is not read; a copy with gzip, zstd or blosc is" in run("in.zarr", "out.zarr", "--force")
create("in.zarr", data.astype("c8"), 3, {})
assert "complex numbers" in run("in.zarr", "new.zarr")
create("in.zarr", data, 3, {"compressors": [GzipCodec(level=3), Crc32cCodec()]})
chunk = path("in.zarr/c/1/0/0")
with open(chunk, "r+b") as file:
    file.seek(20)
    file.write(b"\xff" * 6)
said = run("in.zarr", "new.zarr")
assert "chunk [1, 0, 0] is damaged: 'c/1/0/0': crc32c: the checksum is wrong" in said, said
assert not os.path.exists(path("new.zarr"))
with open(path("in.zarr/zarr.json"), "r+") as file:
    metadata = json.load(file)
    metadata["codecs"].append({"name": "pressed"})
    file.seek(0)
    json.dump(metadata, file)
    file.truncate()
assert "codec 'pressed' is not read" in run("in.zarr", "new.zarr")
print("damaged chunks and other codecs are named")

# Three processes make one array at once; one of them is killed, and started again.
data = random.random((60, 256, 256), dtype="f4")
numpy.save(path("in.npy"), data)
slow = ["--sigma", "300", "--radius", "1500", "--slice-axis", "0", "--threads", "1", "--memory", "12MB"]
chunks = ["--chunks", "1,100,256", "--shards", "2,300,256", "--compress", "gzip:1"]
whole = [program, "filter", path("in.npy"), path("expected.npy"), *slow, "--force"]
start = time.monotonic()
subprocess.run(whole, check=True, capture_output=True)
seconds = time.monotonic() - start
expected = numpy.load(path("expected.npy"))


def share(number):
    command = [program, "filter", path("in.npy"), path("shared.zarr:/a"), *slow, *chunks, "--shard", f"{number}/3"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


killed = 0
for moment in numpy.linspace(0.02, 0.9, 12):
    running = [share(number) for number in (1, 2, 3)]
    time.sleep(moment * seconds)
    victim = running[int(100 * moment) % 3]
    if victim.poll() is None:
        victim.kill()
        killed += 1
    said = [process.communicate()[1] for process in running]
    assert all(process.returncode in (0, -9) for process in running), said
    number = running.index(victim) + 1
    # Killed behind its last step it was complete.
    if victim.returncode != 0 and not os.path.exists(path("shared.zarr")):
        again = share(number)
        said = again.communicate()[1]
        assert again.returncode == 0, said
    same(zarr.open_group(path("shared.zarr"), mode="r")["a"][...], expected)
    shutil.rmtree(path("shared.zarr"))
    left = [name for name in os.listdir(folder) if "shared" in name]
    for name in left:
        assert "journal" in name, left
        os.remove(path(name))
assert killed >= 6, killed
print(f"three processes make one array; {killed} were killed and started again")
