"""Write codebooks from definitions."""

from __future__ import annotations

from pathlib import Path

from mande.catalogue import load_catalogue
from mande.errors import Language
from mande.pipeline.runs import load_definitions
from mande.publish.codebook import indicator_codebook, programme_codebook
from mande.survey.mapping import load_mapping
from mande.workspace import find_workspace, library_root


def codebook(programme: str | None = None, *, workspace: Path = Path(), language: Language = "en") -> str:
    """Return the codebook of the indicator library, or of one programme's uploads, in Markdown.

    Raises
    ------
    MandeError
        When a definition is not right or there is no such programme.
    """
    if programme is None:
        return indicator_codebook(load_catalogue([library_root() / "indicators"]), language=language)
    definitions = load_definitions(find_workspace(workspace), programme)
    columns = {}
    for table in dict.fromkeys(name for wave in definitions.programme.waves for name in wave.uploads):
        questions = definitions.catalogue.questions[table]
        mapping = load_mapping(definitions.folder, table=table, questions=questions)
        columns[table] = mapping.columns or {name: name for name in questions}
    return programme_codebook(definitions.programme, definitions.catalogue, columns, language=language)
