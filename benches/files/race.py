"""Races `gausstack filter` against what is usual in Python, on files: time, memory, and the result.

    pip install -r benches/files/requirements.txt
    cargo build --release
    python benches/files/race.py FOLDER --program target/release/gausstack [JOB ..] [--frames 3000]

FOLDER holds the files while the race runs: about four times the array, 24 GB at full size. Each contender is a
process of its own. They run in turn, after the input was read once; the results are read by Python and compared
with scipy's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from pathlib import Path

import files
import measured
import usual


class Race:
    """The contenders of one job, and what they take."""

    def __init__(self, job: files.Job, options: argparse.Namespace) -> None:
        self.job, self.options = job, options
        self.rows: dict[str, list[tuple[float, int]]] = {}

    def run(self) -> None:
        """Runs all contenders in turn, and prints their table."""
        job, options = self.job, self.options
        job.make()
        print(f"\n## {job.title}: {job.mebibytes():.0f} MiB of elements, {job.stored():.0f} MiB of files", flush=True)
        for _ in range(options.rounds):
            self._ours("gausstack", job.sigma)
            self._ours("gausstack, sigma 0: read and written alone", (0,) * len(job.sigma))
            for name in () if options.alone else job.usual:
                self._usual(name)
            self._timed("cp", ["cp", "-r", str(job.file), str(job.folder / "copy")])
            files.remove(job.folder / "copy")
        self._print()

    def _ours(self, name: str, sigma: tuple[float, ...]) -> None:
        job, options = self.job, self.options
        files.remove(job.output)
        sigmas = ",".join(str(value) for value in sigma)
        command = [options.program, "filter", job.name_of_input(), job.name_of_output(), "--sigma", sigmas]
        command += ["--memory", options.memory, *job.options]
        self._timed(name, command)
        if any(sigma):
            job.check()
        files.remove(job.output)

    def _usual(self, name: str) -> None:
        job = self.job
        output = job.folder / "usual"
        files.remove(output)
        command = [sys.executable, usual.__file__, name, job.name_of_input(), str(output)]
        self._timed(usual.TITLES[name], command)
        files.remove(output)

    def _timed(self, name: str, command: list[str]) -> None:
        """Runs a command, and notes its seconds and its largest memory in MiB."""
        seconds, kibibytes = measured.measure(command)
        self.rows.setdefault(name, []).append((seconds, kibibytes // 1024))
        print(f"  {name}: {seconds:.2f} s", flush=True)

    def _print(self) -> None:
        size = self.job.mebibytes() * 2**20 / 1e6
        print("\n| contender | seconds | MB/s of elements | of gausstack's time | peak memory, MiB |")
        print("|---|---|---|---|---|")
        ours = [seconds for seconds, _ in self.rows["gausstack"]]
        for name, rows in self.rows.items():
            seconds = statistics.median(seconds for seconds, _ in rows)
            # Contenders of one round belong together: the machine is not the same in the next.
            ratio = statistics.median(theirs / own for (theirs, _), own in zip(rows, ours, strict=True))
            memory = max(memory for _, memory in rows)
            print(f"| {name} | {seconds:.2f} | {size / seconds:.0f} | {ratio:.2f} | {memory} |")
        sys.stdout.flush()


def cpu() -> str:
    """The CPU's name, and how many of it may be used."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'unknown CPU'}, {len(os.sched_getaffinity(0))} CPUs"


def main() -> None:
    """Runs the jobs that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(files.JOBS)}; by default all")
    parser.add_argument("--program", default="target/release/gausstack")
    parser.add_argument("--frames", type=int, default=3000, help="frames of the stack (default: 3000)")
    parser.add_argument("--rows", type=int, default=100, help="rows of a frame, the slices (default: 100)")
    parser.add_argument("--pages", type=int, default=1000, help="TIFF pages of 2048 x 2048 (default: 1000)")
    parser.add_argument("--cube", type=int, default=2000, help="edge of the volume (default: 2000)")
    parser.add_argument("--memory", default="1GB")
    parser.add_argument(
        "--alone", action="store_true", help="without the contenders in Python, of which some take hours"
    )
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_intermixed_args()
    unknown = set(options.jobs) - set(files.JOBS)
    if unknown:
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    print(f"{cpu()}; gausstack with --memory {options.memory}")
    for name in options.jobs or files.JOBS:
        folder = options.folder / name
        folder.mkdir(exist_ok=True)
        try:
            Race(files.JOBS[name](folder, options), options).run()
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
