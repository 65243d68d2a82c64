"""Adds up the tests of logs of cargo and pytest: python3 .ci/count_tests.py LOG.."""

import re
import sys
from collections import Counter

counts = Counter()
for log in sys.argv[1:]:
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            # "test result: ok. 9 passed; 0 failed; ..", "=== 430 passed, 1 skipped in 60.12s (0:01:00) ===".
            if line.startswith("test result:") or re.match(r"=+ .* in [0-9.]+s", line):
                for number, what in re.findall(r"(\d+) (passed|failed|ignored|skipped)", line):
                    counts["skipped" if what == "ignored" else what] += int(number)
print("tests:", ", ".join(f"{counts[what]} {what}" for what in ("passed", "failed", "skipped")))
