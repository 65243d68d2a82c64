"""Makes a full report of a small stack: every topic, element, mode and layout is measured and checked.

    python .ci/check_report.py target/release/gausstack FOLDER

The program fails where a result is outside of its bound.
"""

import json
import subprocess
import sys
from pathlib import Path

program, folder = sys.argv[1], Path(sys.argv[2])
command = [program, "report", "--shape", "60,5,100", "--rounds", "1", "--out", str(folder)]
told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
report = json.loads((folder / "report.json").read_text())
topics = {race["topic"] for race in report["races"]}
missing = {"strong-scaling", "shape", "sigma", "element", "mode", "layout"} - topics
assert not missing, f"not measured: {sorted(missing)}"
assert "Other images and filters" in told, told
assert len(report["settings"]["levels"]) == len(report["machine"]["levels"])
print(f"topics of the full report: {', '.join(sorted(topics))}")
