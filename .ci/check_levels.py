"""Shows which instruction levels each test binary ran, and fails where one that is required is missing.

    python3 .ci/check_levels.py RECORDS portable,avx2,avx512

RECORDS is the folder that GAUSSTACK_LEVEL_RECORD named: it holds a file `BINARY.LEVEL` for each level
that a binary ran. A test file that goes through all levels and left no record was not run.
"""

import re
import sys
from pathlib import Path

records, required = Path(sys.argv[1]), sys.argv[2].split(",")
files = [*Path("tests").glob("*.rs"), *Path("kernels/tests").glob("*.rs")]
runners = {file.stem for file in files if re.search("each_level|levels::available", file.read_text())}
ran = {tuple(record.name.rsplit(".", 1)) for record in records.iterdir()}
short = not runners
for binary in sorted(runners | {binary for binary, _ in ran}):
    levels = [level if (binary, level) in ran else f"NOT-{level}" for level in required]
    short |= any(level.startswith("NOT-") for level in levels)
    print(f"{binary:<28}", *levels)
if short:
    sys.exit("a required level was not run by every test that goes through all levels")
