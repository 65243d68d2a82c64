"""The files of the race: how they are made, named and checked."""

from __future__ import annotations

import argparse
import itertools
import shutil
from pathlib import Path

import numpy
from scipy import ndimage

# Different frames; the stack repeats them, so that making it does not take longer than filtering it.
DISTINCT = 60
# Edge of the part of the volume that is not empty, more than twice the radius of its filter.
CORNER = 80
# Results beside scipy's sums in f64: f32 values up to about 1200, and integers, which are rounded once.
FLOATS, INTEGERS = 1e-3, 0.51


def remove(path: Path) -> None:
    """Removes a file or a folder, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def frame(random: numpy.random.Generator, shape: tuple[int, ...]) -> numpy.ndarray:
    """Counts of a detector: a smooth beam with noise, which compresses as such data do."""
    beam = 1000 * numpy.hanning(shape[-1] + 2)[1:-1]
    return numpy.round(beam + 30 * random.standard_normal(shape, dtype=numpy.float32)).clip(0)


class Job:
    """An array in a file, and the options that filter it."""

    title: str
    file: Path
    output: Path
    shape: tuple[int, ...]
    dtype = numpy.dtype(numpy.float32)
    options: tuple[str, ...] = ("--slice-axis", "1")
    usual: tuple[str, ...]
    sigma: tuple[float, ...] = (3, 5)

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.random = folder, numpy.random.default_rng(1)
        self.shape = (options.frames, options.rows, 5000)

    def frames(self) -> list[numpy.ndarray]:
        """The frames that differ."""
        count = min(DISTINCT, self.shape[0])
        return [frame(self.random, self.shape[1:]).astype(self.dtype) for _ in range(count)]

    def make(self) -> None:
        """Writes the input, and reads it once."""
        raise NotImplementedError

    def mebibytes(self) -> float:
        """Size of the array."""
        return float(numpy.prod(self.shape, dtype=float)) * self.dtype.itemsize / 2**20

    def stored(self) -> float:
        """Size of the input's files."""
        paths = [self.file] if self.file.is_file() else [path for path in self.file.rglob("*") if path.is_file()]
        return sum(path.stat().st_size for path in paths) / 2**20

    def name_of_input(self) -> str:
        """As the program takes it."""
        return str(self.file)

    def name_of_output(self) -> str:
        """As the program takes it."""
        return str(self.output)

    def parts(self) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        """Some parts of input and output, as Python reads them."""
        raise NotImplementedError

    def check(self) -> None:
        """Compares the output with scipy's."""
        for source, found in self.parts():
            tolerance = INTEGERS if found.dtype.kind in "iu" else FLOATS
            expected = ndimage.gaussian_filter(source.astype(numpy.float64), self.sigma)
            # A source may have a margin behind what is compared.
            expected = expected[tuple(slice(length) for length in found.shape)]
            difference = numpy.abs(found - expected).max()
            assert difference <= tolerance, f"{self.title}: off by {difference}"


def _rows(data, result) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
    places = (0, data.shape[1] // 2, data.shape[1] - 1)
    return [(data[:, at, :], result[:, at, :]) for at in places]


class Hdf5(Job):
    """A contiguous data set."""

    title = "HDF5, contiguous f32"
    usual = ("h5py-slices", "h5py-joblib")

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(folder, options)
        self.file, self.output = folder / "in.h5", folder / "out.h5"

    def make(self) -> None:
        import h5py

        with h5py.File(self.file, "w") as file:
            data = file.create_dataset("d", self.shape, self.dtype)
            for at, one in zip(range(self.shape[0]), itertools.cycle(self.frames()), strict=False):
                data[at] = one

    def name_of_input(self) -> str:
        return f"{self.file}:/d"

    def name_of_output(self) -> str:
        return f"{self.output}:/d"

    def parts(self) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        import h5py

        with h5py.File(self.file) as data, h5py.File(self.output) as result:
            return _rows(data["d"], result["d"])


class Hdf5Gzip(Hdf5):
    """Frames as chunks, shuffled and compressed: what a detector writes."""

    title = "HDF5, f32 frames as chunks, gzip 1 and shuffle"

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(folder, options)
        self.options = ("--slice-axis", "1", "--compress", "gzip:2", "--chunks", f"1,{options.rows},5000")

    def make(self) -> None:
        import h5py

        chunks = (1, *self.shape[1:])
        how = {"chunks": chunks, "compression": "gzip", "compression_opts": 1, "shuffle": True}
        with h5py.File(self.file, "w") as file:
            data = file.create_dataset("d", self.shape, self.dtype, **how)
            frames = self.frames()
            for at, one in enumerate(frames):
                data[at] = one
            stored = [data.id.read_direct_chunk((at, 0, 0))[1] for at in range(len(frames))]
            for at in range(len(frames), self.shape[0]):
                data.id.write_direct_chunk((at, 0, 0), stored[at % len(frames)])


class Zarr(Job):
    """Version 3, sharded, compressed with Zstandard."""

    title = "Zarr v3, f32, shards of 64 frames, zstd"
    usual = ("zarr-dask",)

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(folder, options)
        self.file, self.output = folder / "in.zarr", folder / "out.zarr"

    def make(self) -> None:
        import zarr
        from zarr.codecs import ZstdCodec

        frames = self.frames()
        shard = min(64, self.shape[0])
        data = zarr.create_array(
            self.file,
            shape=self.shape,
            dtype=self.dtype,
            chunks=(1, *self.shape[1:]),
            shards=(shard, *self.shape[1:]),
            compressors=ZstdCodec(level=1),
        )
        for at in range(0, self.shape[0], shard):
            part = [frames[place % len(frames)] for place in range(at, min(at + shard, self.shape[0]))]
            data[at : at + shard] = numpy.stack(part)

    def parts(self) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        import zarr

        return _rows(zarr.open_array(self.file, mode="r"), zarr.open_array(self.output, mode="r"))


class Tiff(Job):
    """A folder of pages."""

    title = "a folder of TIFF pages, u16"
    dtype = numpy.dtype(numpy.uint16)
    options = ("--slice-axis", "0")
    usual = ("tifffile-pages",)

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(folder, options)
        self.shape = (options.pages, 2048, 2048)
        self.file, self.output = folder / "pages", folder / "smooth"

    def make(self) -> None:
        import tifffile

        self.file.mkdir()
        for at, page in zip(range(self.shape[0]), itertools.cycle(self.frames()), strict=False):
            tifffile.imwrite(self.file / f"page_{at:05}.tif", page)

    def name_of_input(self) -> str:
        return f"{self.file}/"

    def name_of_output(self) -> str:
        return f"{self.output}/"

    def parts(self) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        import tifffile

        inputs, outputs = sorted(self.file.glob("*.tif")), sorted(self.output.glob("*.tif"))
        assert len(inputs) == len(outputs)
        places = (0, len(inputs) // 2, len(inputs) - 1)
        return [(tifffile.imread(inputs[at]), tifffile.imread(outputs[at])) for at in places]


class Npy(Job):
    """A plain array."""

    title = "NPY, f32"
    usual = ("numpy-slices",)

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(folder, options)
        self.file, self.output = folder / "in.npy", folder / "out.npy"

    def make(self) -> None:
        data = numpy.lib.format.open_memmap(self.file, "w+", self.dtype, self.shape)
        for at, one in zip(range(self.shape[0]), itertools.cycle(self.frames()), strict=False):
            data[at] = one

    def parts(self) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        return _rows(numpy.load(self.file, mmap_mode="r"), numpy.load(self.output, mmap_mode="r"))


class Volume(Job):
    """A volume, filtered along all axes. All but a corner of the input is a hole in its file: the disk need not hold it twice."""

    title = "a volume in NPY, u16, sigma 4 along all axes"
    dtype = numpy.dtype(numpy.uint16)
    options = ()
    usual = ()
    sigma = (4, 4, 4)

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        super().__init__(folder, options)
        self.shape = (options.cube,) * 3
        self.file, self.output = folder / "in.npy", folder / "out.npy"

    def make(self) -> None:
        data = numpy.lib.format.open_memmap(self.file, "w+", self.dtype, self.shape)
        data[:CORNER, :CORNER, :CORNER] = self.random.integers(0, 65536, (CORNER,) * 3)

    def parts(self) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        corner = (slice(CORNER // 2),) * 3
        data, result = numpy.load(self.file, mmap_mode="r"), numpy.load(self.output, mmap_mode="r")
        return [(data[(slice(CORNER),) * 3], result[corner])]


JOBS: dict[str, type[Job]] = {
    "hdf5": Hdf5,
    "hdf5-gzip": Hdf5Gzip,
    "zarr": Zarr,
    "tiff": Tiff,
    "npy": Npy,
    "volume": Volume,
}
