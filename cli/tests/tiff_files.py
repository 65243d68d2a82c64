"""Compares the program with tifffile: what the one writes, the other reads, with the same numbers.

    python cli/tests/tiff_files.py target/release/gausstack

tifffile writes files of every kind; the program filters them with sigma 0, which changes no value, into a file and into a folder
of pages, and tifffile reads these. With a larger sigma the result of a stack is compared with that of the same array in a .npy
file, bit for bit. What the program does not read must be refused in one line that names the file and the page.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np
import tifffile

TYPES = [np.dtype(name) for name in "u1 i1 u2 i2 u4 i4 u8 i8 f4 f8".split()]
CODECS = [None, "zlib", "lzw", "zstd", "packbits"]


def numbers(shape, dtype, seed=0):
    """Runs of equal values, and all bits."""
    random = np.random.default_rng(seed)
    if dtype.kind == "f":
        values = random.normal(0, 1000, shape).astype(dtype)
    else:
        limits = np.iinfo(dtype)
        values = random.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    values[..., 1 : shape[-1] // 2] = values[..., :1]
    return values


def kinds():
    """A name, an array, and how tifffile writes it."""
    for dtype in TYPES:
        for codec in CODECS:
            yield f"{dtype} {codec}", numbers((4, 21, 34), dtype), {"compression": codec}
        for order in "<>":
            yield f"{order}{dtype}", numbers((4, 21, 34), dtype), {"byteorder": order}
        for bigtiff in True, False:
            options = {"bigtiff": bigtiff, "tile": (16, 32), "compression": "zlib"}
            yield f"{dtype} tiled, big {bigtiff}", numbers((3, 40, 50), dtype), options
        predictor = 3 if dtype.kind == "f" else 2
        for codec in "zlib", "lzw", "zstd":
            for order in "<>":
                options = {"compression": codec, "predictor": predictor, "byteorder": order}
                yield f"{order}{dtype} {codec} predictor {predictor}", numbers((2, 21, 34), dtype), options
                yield f"{order}{dtype} {codec} predictor, tiled", numbers((2, 21, 34), dtype), options | {"tile": (16, 16)}
    u2, f4 = np.dtype("u2"), np.dtype("f4")
    for rows in 1, 5, 100:
        for codec in None, "zlib":
            yield f"strips of {rows} rows, {codec}", numbers((3, 21, 34), u2), {"rowsperstrip": rows, "compression": codec}
    yield "one page", numbers((21, 34), f4), {}
    yield "one page of one", numbers((1, 21, 34), f4), {}
    yield "five axes", numbers((2, 3, 2, 9, 11), u2), {}
    yield "five axes, compressed", numbers((2, 3, 2, 9, 11), u2), {"compression": "lzw"}
    yield "no description", numbers((5, 9, 11), u2), {"metadata": None}
    yield "truncated", numbers((2, 3, 9, 11), f4), {"metadata": {"axes": "TZYX", "truncate": True}}
    yield "colours", numbers((4, 21, 34, 3), np.dtype("u1")), {"photometric": "rgb"}
    yield "colours, tiled", numbers((21, 34, 3), u2), {"photometric": "rgb", "tile": (16, 16), "compression": "zlib", "predictor": 2}
    yield "colours and alpha", numbers((2, 21, 34, 4), f4), {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    yield "white is 0", numbers((3, 9, 11), u2), {"photometric": "miniswhite"}
    yield "OME", numbers((3, 9, 11), u2), {"ome": True}
    for dtype in (np.dtype("u1"), u2, f4):
        for axes, shape in ("ZYX", (5, 9, 11)), ("TZCYX", (2, 3, 2, 9, 11)), ("CYX", (3, 9, 11)), ("TYX", (4, 9, 11)):
            yield f"ImageJ {axes} {dtype}", numbers(shape, dtype), {"imagej": True, "metadata": {"axes": axes}}
        options = {"imagej": True, "metadata": {"axes": "ZYX"}, "compression": "zlib"}
        yield f"ImageJ, compressed, {dtype}", numbers((5, 9, 11), dtype), options


def single_directory(path, stack):
    """A stack as ImageJ writes one of more than 4 GiB: one directory, all pixels behind it."""
    text = f"ImageJ=1.54f\nimages={len(stack)}\nslices={len(stack)}\nloop=false\n"
    tifffile.imwrite(path, stack[0].astype(">u2"), byteorder=">", description=text, metadata=None)
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        end = page.dataoffsets[0] + page.databytecounts[0]
    assert end == os.path.getsize(path), "tifffile wrote pixels last"
    with open(path, "ab") as out:
        out.write(stack[1:].astype(">u2").tobytes())


def refused():
    """What the program does not read, and a word of what it says."""
    u1, grey = np.dtype("u1"), {"photometric": "minisblack"}
    yield "f2", lambda path: tifffile.imwrite(path, np.zeros((4, 9, 11), "f2"), **grey), "floats of 16 bits"
    yield "complex", lambda path: tifffile.imwrite(path, np.zeros((4, 9, 11), "c8"), **grey), "complex numbers"
    yield "bits", lambda path: tifffile.imwrite(path, np.zeros((4, 9, 16), bool), **grey), "integers of 1 bits"
    yield "JPEG", lambda path: tifffile.imwrite(path, numbers((16, 16), u1), compression="jpeg"), "JPEG"
    planes = {"photometric": "rgb", "planarconfig": "separate"}
    yield "planes", lambda path: tifffile.imwrite(path, numbers((3, 16, 16), u1), **planes), "planes of their own"
    palette = {"photometric": "palette", "colormap": np.zeros((3, 256), "u2")}
    yield "palette", lambda path: tifffile.imwrite(path, numbers((16, 16), u1), **palette), "a palette"

    def shapes(path):
        with tifffile.TiffWriter(path) as file:
            file.write(numbers((9, 11), u1))
            file.write(numbers((9, 12), u1))

    yield "shapes", shapes, "page 1 is u8 of shape [9, 12]"


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = os.path.abspath(path), folder

    def run(self, source, result, *arguments):
        command = [self.path, "filter", source, result, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def filter(self, source, result, *arguments):
        done = self.run(source, result, "--force", *arguments)
        assert done.returncode == 0, f"{source}: {done.stderr}"
        return os.path.join(self.folder, result)


def same(found, expected):
    """Nothing, or how an array differs from another one."""
    if found.shape != expected.shape:
        return f"shape {found.shape} for {expected.shape}"
    if found.dtype != expected.dtype.newbyteorder("="):
        return f"{found.dtype} for {expected.dtype}"
    return None if found.tobytes() == expected.astype(found.dtype).tobytes() else "other numbers"


def pages(path, like):
    """A folder of pages, one behind the other."""
    names = sorted(os.listdir(path))
    found = [tifffile.imread(os.path.join(path, name)) for name in names]
    for name in names:
        os.remove(os.path.join(path, name))
    return np.stack(found).reshape(like)


def check(program, name, array):
    """What is wrong with a file in.tif that holds an array."""
    read = np.load(program.filter("in.tif", "out.npy", "--sigma", "0"))
    yield f"{name}: read", same(read, array)
    written = program.filter("in.tif", "out.tif", "--sigma", "0")
    # tifffile drops axes of length 1 where no description says otherwise.
    yield f"{name}: written", same(tifffile.imread(written).reshape(array.shape), array)
    yield f"{name}: read again", same(np.load(program.filter("out.tif", "out.npy", "--sigma", "0")), array)
    folder = program.filter("in.tif", "out/", "--sigma", "0")
    yield f"{name}: folder", same(pages(folder, array.shape), array)


def filtered(program):
    """Stacks that are smoothed in slabs, beside the same array in a .npy file."""
    for dtype in (np.dtype("u2"), np.dtype("f4")):
        array = numbers((40, 60, 70), dtype)
        np.save(os.path.join(program.folder, "in.npy"), array)
        for codec in None, "zlib":
            tifffile.imwrite(os.path.join(program.folder, "in.tif"), array, compression=codec)
            for axis in "0", "1", "2":
                arguments = ["--sigma", "2,3", "--slice-axis", axis]
                expected = np.load(program.filter("in.npy", "out.npy", *arguments))
                found = tifffile.imread(program.filter("in.tif", "out.tif", *arguments))
                yield f"{dtype} {codec} slices along {axis}", same(found, expected)
                found = pages(program.filter("in.tif", "out/", *arguments), array.shape)
                yield f"{dtype} {codec} slices along {axis}, folder", same(found, expected)
                arguments += ["--compress", "gzip:1"]
                found = tifffile.imread(program.filter("in.tif", "out.tif", *arguments))
                yield f"{dtype} {codec} slices along {axis}, compressed", same(found, expected)
                found = pages(program.filter("in.tif", "out/", *arguments), array.shape)
                yield f"{dtype} {codec} slices along {axis}, compressed folder", same(found, expected)


def folders(program):
    """Pages in files of their own, whose numbers have no leading zeros."""
    array = numbers((12, 20, 30), np.dtype("u2"))
    folder = os.path.join(program.folder, "scan")
    os.mkdir(folder)
    for page, pixels in enumerate(array):
        codec = CODECS[page % len(CODECS)]
        tifffile.imwrite(os.path.join(folder, f"proj_{page + 1}.tif"), pixels, compression=codec)
    for name in "scan/", "scan", "scan/proj_*.tif":
        found = np.load(program.filter(name, "out.npy", "--sigma", "0"))
        yield f"folder {name}", same(found, array)


def main():
    count, faults = 0, []
    with tempfile.TemporaryDirectory() as folder:
        program = Program(sys.argv[1], folder)
        source = os.path.join(folder, "in.tif")

        def all_checks():
            for name, array, options in kinds():
                options = {"photometric": "minisblack"} | options
                tifffile.imwrite(source, array, **options)
                yield from check(program, name, array)
            stack = numbers((7, 9, 11), np.dtype("u2"))
            single_directory(source, stack)
            yield from check(program, "ImageJ, one directory", stack)
            yield from folders(program)
            yield from filtered(program)
            for name, write, expected in refused():
                write(source)
                run = program.run("in.tif", "none.tif", "--sigma", "0")
                told = run.stderr.strip()
                right = run.returncode == 1 and "'in.tif': page " in told and expected in told
                right = right and "\n" not in told and not os.path.exists(os.path.join(folder, "none.tif"))
                yield f"refused {name}", None if right else f"status {run.returncode}, {told!r}"

        for name, fault in all_checks():
            count += 1
            if fault:
                faults.append(f"{name}: {fault}")
    for fault in faults:
        print(fault)
    print(f"tifffile {tifffile.__version__}: {count} comparisons, {len(faults)} otherwise than tifffile")
    # A generator that makes nothing would find nothing.
    if faults or count < 500:
        sys.exit(1)


if __name__ == "__main__":
    main()
