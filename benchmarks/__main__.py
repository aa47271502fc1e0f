"""Run the benchmarks: all of them, or those named on the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path


def known() -> list[str]:
    """Return the names of all benchmarks: the files of this folder that do not begin with an underscore."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main(names: Sequence[str]) -> int:
    """Run benchmarks; each module has a function `run` that returns its report."""
    unknown = [name for name in names if name not in known()]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(known())}", file=sys.stderr)
        return 2
    for name in names or known():
        module = import_module(f"benchmarks.{name}")
        print(f"{name}\n{'=' * len(name)}\n{module.run()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
