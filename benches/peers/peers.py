#!/usr/bin/env python3
"""Race gausstack against scipy, OpenCV, Halide, libblur, imageproc and ndarray-ndimage.

One command does it all: it makes a Python environment with the pinned peers under cargo's target
directory, builds the Rust side, runs every workload in a process of its own, and prints tables of times, of
ratios within rounds, and of the bars that gausstack has to meet. Every answer is checked against scipy on
float64 first; when one is wrong, the exit status is 1.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
import records
from catalogue import CATALOGUE, Workload, chosen
from results import WorkloadResult
from tables import answers_table, bars_table, card, workload_table

# glibc gives large memory back to the system when it is freed, and the next call pays for new pages: several times
# the filter's own time, or nothing, by what the process did before. With these it keeps what it has; threads' own
# arenas, which cannot hold large memory, are left out.
KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_ARENA_MAX": "1",
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    names = "\n".join(f"  {each.name:<8} {each.title}" for each in CATALOGUE)
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"workloads (w2 is all that begin with w2-):\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parser.add_argument("--work", nargs="+", metavar="NAME", default=[], help="run only these workloads")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="rounds that count, of each workload (default 15)"
    )
    parser.add_argument(
        "--threads", type=int, metavar="N", default=cpus,
        help="threads of workloads on several threads (default: %(default)s, all CPUs)",
    )
    parser.add_argument(
        "--quick", action="store_true", help="look at answers only: two rounds of shortened arrays, no times"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time of every round")
    parser.add_argument(
        "--write", metavar="CPU",
        help=f"keep the race in {records.FOLDERS.relative_to(environment.ROOT)}/CPU (amd-zen5, say) and renew "
        f"the table of all CPUs in {records.PAGE.relative_to(environment.ROOT)}",
    )
    parser.add_argument("--no-venv", action="store_true", help="use this Python and its packages as they are")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (2 if options.quick else 15)
    try:
        options.work = chosen(options.work)
    except ValueError as error:
        parser.error(str(error))
    if options.write and (options.quick or options.work != CATALOGUE):
        parser.error("--write is for whole races: not with --quick or --work")
    if options.write is not None and not records.CPU.fullmatch(options.write):
        parser.error(f"--write: {options.write!r} is no name for a folder: small letters, digits, single hyphens")
    if options.rounds < 1 or options.threads < 1:
        parser.error("--rounds and --threads are at least 1")
    return options


def main() -> int:
    """Runs the race and returns the exit status."""
    options = parse(sys.argv[1:])
    target = environment.target_directory()
    python = Path(sys.executable) if options.no_venv else environment.python_with_peers(target)
    library = environment.build(target)
    reports = []
    for workload in options.work:
        reports.append(run(workload, options, python, library))
        if not options.quick:
            print("\n" + workload_table(WorkloadResult(reports[-1])), flush=True)
    results = [WorkloadResult(report) for report in reports]
    versions = reports[0]["versions"] | environment.rust_versions()
    date = datetime.date.today().isoformat()
    described = card(results, date, versions)
    print("\n" + (answers_table(results) if options.quick else bars_table(results)))
    print("\n" + described)
    if options.json:
        options.json.write_text(json.dumps({"versions": versions, "workloads": reports}, indent=1))
    if options.write:
        records.keep(options.write, date, described, results)
    wrong = [
        f"{each.name} of {result.name}"
        for result in results
        for each in result.contenders
        if each.wrong
    ]
    if wrong:
        print("\nWRONG: " + "; ".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def run(workload: Workload, options: argparse.Namespace, python: Path, library: Path) -> dict:
    """Runs a workload in a process of its own and returns its report."""
    threads = options.threads if workload.all_threads else 1
    surroundings = dict(os.environ) | KEPT_MEMORY
    for name in ("GAUSSTACK_LEVEL", "GAUSSTACK_TUNING"):
        surroundings.pop(name, None)
    for name in ("HL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        surroundings[name] = str(threads)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [python, environment.HERE / "run_workload.py", workload.name]
        command += ["--library", library, "--threads", str(threads), "--rounds", str(options.rounds)]
        command += ["--json", report, *(["--quick"] if options.quick else [])]
        subprocess.run(command, env=surroundings, check=True)
        return json.loads(report.read_text())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as failure:
        # What went wrong has been printed by the program that failed.
        sys.exit(f"peers.py: status {failure.returncode} of {' '.join(map(str, failure.cmd))}")
    except KeyboardInterrupt:
        sys.exit(130)
