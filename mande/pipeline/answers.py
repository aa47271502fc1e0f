"""Answer what an upload asked: one line in the programme's import profile."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from mande.catalogue import parse
from mande.errors import Code, MandeError, Place, Problem, Text
from mande.pipeline.explaining import find_code
from mande.survey.checks.unknown_ids import I_LOST
from mande.survey.checks.wrong_wave import F_WRONGWAVE
from mande.survey.layout_codes import L_HIDDEN, L_SHEET, L_TOTAL
from mande.survey.profile import FILE, Answer, load_profile
from mande.workspace import find_workspace, locked, write_atomic

A_ABOUT = Code(
    "A-ABOUT",
    Text(
        "the question is about one file, and the answer does not say about which",
        "la question porte sur un seul fichier, et la réponse ne dit pas lequel",
        "la pregunta es sobre un solo archivo, y la respuesta no dice cuál",
    ),
    Text("--about and the fingerprint", "--about et l'empreinte", "--about y la huella"),
    Text(
        "Copy the whole command that `mande validate` shows below the question.",
        "Copiez toute la commande que `mande validate` montre sous la question.",
        "Copie la orden completa que `mande validate` muestra bajo la pregunta.",
    ),
)
ABOUT_ONE = frozenset({F_WRONGWAVE.id, I_LOST.id, L_HIDDEN.id, L_SHEET.id, L_TOTAL.id})
"""Questions whose answers hold only for what was asked about."""


def answer_question(
    programme: str,
    code: str,
    answer: str,
    *,
    by: str,
    table: str = "",
    column: str = "",
    about: str = "",
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
    about
        Fingerprint of what was asked about, where the question shows one.
    note
        How the answer is known.
    workspace
        A folder inside the workspace.

    Raises
    ------
    MandeError
        For an unknown programme or code, A-ABOUT, or a profile that cannot be read.
    """
    asked = find_code(code)
    if asked.id in ABOUT_ONE and not about:
        raise MandeError([Problem(A_ABOUT, Place(), {"found": asked.id})])
    folder = find_workspace(Path(workspace)).programme_dir(programme)
    content = {
        "ask": asked.id,
        "table": table,
        "column": column,
        "about": about,
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
