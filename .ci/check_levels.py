"""Shows which instruction levels each test file ran, and fails where one that is required is missing.

    python3 .ci/check_levels.py RECORDS portable,avx2,avx512

RECORDS is the folder that GAUSSTACK_LEVEL_RECORD named: it holds a file for each test file and each level that
the file ran, `tests.numbers.shapes.rs.avx2`. A test file that goes through all levels and left no record was
not run.
"""

import re
import sys
from pathlib import Path

records, required = Path(sys.argv[1]), sys.argv[2].split(",")
files = [file for folder in ("tests", "kernels/tests") for file in Path(folder).rglob("*.rs")]
runners = {
    ".".join(file.parts)
    for file in files
    if "common" not in file.parts and re.search("each_level|each_token|levels::available", file.read_text())
}
ran = {tuple(record.name.rsplit(".", 1)) for record in records.iterdir()}
short = not runners
for file in sorted(runners | {file for file, _ in ran}):
    levels = [level if (file, level) in ran else f"NOT-{level}" for level in required]
    short |= any(level.startswith("NOT-") for level in levels)
    print(f"{file:<40}", *levels)
if short:
    sys.exit("a required level was not run by every test file that goes through all levels")
