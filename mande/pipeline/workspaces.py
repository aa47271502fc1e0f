"""Make a new workspace from what the library carries."""

from __future__ import annotations

import shutil
from pathlib import Path

from mande.errors import Code, MandeError, Place, Problem, Text
from mande.workspace import Workspace, library_root, write_atomic

W_EXISTS = Code(
    "W-EXISTS",
    Text("this folder is not empty"),
    Text("a new or an empty folder"),
    Text("Choose another name, or empty the folder."),
)

EXAMPLE = "michigan_training_grants"
_STAYS_HERE = shutil.ignore_patterns("waves", "private", "*.pyc", "__pycache__")


_GITIGNORE = """\
# identities of respondents, and marked copies of uploads: never into version control
/baselines/*/private/
*.checked.xlsx
*.key
# made again at any time
/reports/
"""


def init_workspace(folder: Path) -> Workspace:
    """Make a workspace with the example programme in `folder`, which is new or empty.

    Raises
    ------
    MandeError
        W-EXISTS when there is something in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MandeError([Problem(W_EXISTS, Place(file=str(folder)), {"found": "files in it"})])
    source = library_root() / "baselines" / EXAMPLE
    shutil.copytree(source, folder / "baselines" / EXAMPLE, ignore=_STAYS_HERE)
    for name in ("indicators", "notebooks", "reports"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_atomic(folder / ".gitignore", _GITIGNORE)
    return Workspace(folder.resolve())
