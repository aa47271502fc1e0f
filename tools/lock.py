"""Write the lock files in requirements/ from pyproject.toml. For maintainers; needs uv.

    python3 tools/lock.py              keeps locked versions that still fit
    python3 tools/lock.py --upgrade    takes the newest of everything

One file serves Python 3.11 to 3.14 on Linux, macOS and Windows. It carries the hash of every
wheel and names no package index, so that any mirror will do.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# {what}
# Written by `make lock` from pyproject.toml; do not edit by hand.
# Install: pip install --require-hashes --only-binary :all: -r requirements/{name}.txt
"""
FLAGS = [
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",  # the same versions, so the same numbers, on every Python
    "--generate-hashes",
    "--only-binary=:all:",
    "--no-header",
    "--group=build",  # mande is built and installed without asking the network again
]
WITHIN_RUNTIME = ["--constraint=requirements/runtime.txt"]
LOCKS = {
    "runtime": ("All that mande needs to run.", []),
    "dev": ("The runtime lock and what the tests need.", ["--extra=dev", *WITHIN_RUNTIME]),
    "notebook": ("The runtime lock and JupyterLab.", ["--extra=notebook", *WITHIN_RUNTIME]),
}


def main() -> None:
    for name, (what, flags) in LOCKS.items():
        path = ROOT / "requirements" / f"{name}.txt"
        command = [os.environ.get("UV", "uv"), "pip", "compile", "pyproject.toml", *FLAGS, *flags]
        print(f"locking requirements/{name}.txt", flush=True)
        subprocess.run(
            [*command, *sys.argv[1:], "--quiet", "--output-file", f"requirements/{name}.txt"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        path.write_text(HEADER.format(what=what, name=name) + path.read_text("utf-8"), "utf-8")


if __name__ == "__main__":
    main()
