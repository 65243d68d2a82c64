"""Validates reports against the published schema, and sees that reports of another form are refused.

    python cli/tests/report_schema.py REPORT.json ..
"""

import copy
import json
import sys
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parents[2] / "docs" / "reports" / "report.schema.json"
WRONG = [
    ("schema", "1"),
    ("settings/shape", [1, 2]),
    ("races/0/topic", "speed"),
    ("races/0/measurements/0/seconds", 1.5),
    ("races/0/measurements/0/case/element", "f16"),
    ("races/0/measurements/0/check", None),
    ("races/0/measurements/0/speed", 1),
    ("machine/usable_cpus", None),
]


def changed(report, pointer, value):
    report = copy.deepcopy(report)
    *path, last = pointer.split("/")
    inner = report
    for key in path:
        inner = inner[int(key) if isinstance(inner, list) else key]
    inner[last] = value
    return report


def main(paths):
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    validator = validator(schema)
    kept = sorted(SCHEMA.parent.glob("*/report.json"))
    assert kept, "no report is kept"
    for path in [*kept, *map(Path, paths)]:
        report = json.loads(path.read_text())
        for error in validator.iter_errors(report):
            sys.exit(f"{path}: {error.message} at {error.json_path}")
        for pointer, value in WRONG:
            if validator.is_valid(changed(report, pointer, value)):
                sys.exit(f"{path}: {pointer} may be {value!r}")
    print(f"{len(kept) + len(paths)} reports match the schema; with {len(WRONG)} faults each they do not")


main(sys.argv[1:])
