"""Answer what an upload asked: one line in the programme's import profile."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mande.catalogue import parse
from mande.pipeline.explaining import find_code
from mande.survey.profile import FILE, Answer, load_profile
from mande.workspace import find_workspace, locked, write_atomic


def answer_question(
    programme: str,
    code: str,
    answer: str,
    *,
    by: str,
    table: str = "",
    column: str = "",
    note: str = "",
    workspace: Path | str = ".",
) -> Path:
    """Write the answer to a question that validating asked, and return the profile's path.

    Parameters
    ----------
    programme
        Id of the programme.
    code
        Code of the question, for example `V-DATEORDER`.
    answer
        One of the answers it offered, or what it let one write.
    by
        Who answers.
    table, column
        What the answer holds for: everything where they are empty.
    note
        How the answer is known.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        For an unknown programme or code, or a profile that cannot be read.
    """
    folder = find_workspace(Path(workspace)).programme_dir(programme)
    content = {
        "ask": find_code(code).id,
        "table": table,
        "column": column,
        "answer": answer,
        "by": by,
        "at": dt.datetime.now(dt.UTC).date(),
        "note": note,
    }
    given = parse(Answer, content, file=FILE)
    path = folder / FILE
    with locked(folder / f".{FILE}.lock"):
        write_atomic(path, load_profile(folder).with_answer(given).text())
    return path
