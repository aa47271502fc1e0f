"""Runs a step in a process that ends without warning before its n-th change of the file system.

    python crash.py N MODULE FUNCTION ARGUMENT...

The audit hook sees every file operation of the interpreter, so nothing in the product has to know.
"""

import importlib.util
import os
import sys
from pathlib import Path

CHANGES = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "os.link",
    "os.truncate",
    "shutil.rmtree",
}
DIED, DONE = 86, 0


def counts(event, arguments):
    if event in CHANGES:
        return True
    return event == "open" and bool(
        len(arguments) > 2 and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    )


def arm(limit):
    seen = 0

    def hook(event, arguments):
        nonlocal seen
        if counts(event, arguments):
            seen += 1
            if seen == limit:
                os._exit(DIED)

    sys.addaudithook(hook)


def main(limit, file, function, *arguments):
    sys.dont_write_bytecode = True
    specification = importlib.util.spec_from_file_location(Path(file).stem, file)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    prepared = getattr(module, function)(*arguments)
    arm(int(limit))
    prepared()


if __name__ == "__main__":
    main(*sys.argv[1:])
