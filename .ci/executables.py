"""Prints the executables that cargo built, from its messages.

    cargo build --message-format=json-render-diagnostics .. | python3 .ci/executables.py KIND PACKAGE..

KIND is test, bench, example or bin. Each line has the folder that cargo would run the executable in, its
target's name and its path, with tabs between them. A test is also a library's own test program.
"""

import json
import os
import sys

kind, packages = sys.argv[1], sys.argv[2:]
for line in sys.stdin:
    message = json.loads(line)
    if message.get("reason") != "compiler-artifact" or not message["executable"]:
        continue
    target, folder = message["target"], os.path.dirname(message["manifest_path"])
    is_test = message["profile"]["test"] and "bench" not in target["kind"]
    found = "test" if is_test else target["kind"][0]
    # With its version: .../kernels#gausstack-kernels@0.1.0, or ...#0.1.0 where the folder has the name.
    name = message["package_id"].rpartition("#")[2].rpartition("@")[0] or os.path.basename(folder)
    if found == kind and name in packages:
        print(folder, target["name"], message["executable"], sep="\t")
