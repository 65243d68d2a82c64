"""What the race needs before it can start: Python packages and the built library. Standard library only."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGE = "gausstack-peers"
# What the tables call a Rust peer, which is also its name in Cargo.lock.
RUST_PEERS = ("libblur", "imageproc", "ndarray-ndimage")


def target_directory() -> Path:
    """Where cargo builds, and where the environment for Python is put."""
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    text = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(json.loads(text)["target_directory"])


def build(target: Path) -> Path:
    """Builds the library in release mode, as a user's program would be built, and returns its path."""
    command = ["cargo", "build", "--release", "--locked", "-p", PACKAGE]
    subprocess.run(command, cwd=ROOT, check=True)
    stem = PACKAGE.replace("-", "_")
    names = {"linux": f"lib{stem}.so", "darwin": f"lib{stem}.dylib", "win32": f"{stem}.dll"}
    return target / "release" / names[sys.platform]


def python_with_peers(target: Path) -> Path:
    """The interpreter of an environment that holds the pinned packages, made when there is none."""
    folder, wanted = target / "peers-venv", HERE / "requirements.txt"
    binaries = "Scripts" if sys.platform == "win32" else "bin"
    python = folder / binaries / "python"
    installed = folder / wanted.name
    if not installed.exists() or installed.read_text() != wanted.read_text():
        print(f"installing {wanted.relative_to(ROOT)} into {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", wanted], check=True)
        # Last, so that a failed installation is not taken for a finished one.
        installed.write_text(wanted.read_text())
    return python


def rust_versions() -> dict[str, str]:
    """Versions of the Rust peers, as they are locked."""
    lock = (ROOT / "Cargo.lock").read_text()
    return {
        name: re.search(rf'name = "{name}"\nversion = "(.+)"', lock).group(1) for name in RUST_PEERS
    }
