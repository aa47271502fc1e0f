"""Write codebooks from definitions."""

from __future__ import annotations

from pathlib import Path

from mande.catalogue import load_catalogue
from mande.errors import Language
from mande.measure.needs import needed_answers
from mande.pipeline.absent import needed_by_programme
from mande.pipeline.runs import load_definitions
from mande.publish.codebook import programme_codebook
from mande.publish.reference import reference_pages
from mande.survey.mapping import load_mapping
from mande.workspace import find_workspace, library_root, write_atomic


def reference(*, language: Language = "en") -> dict[str, str]:
    """Return the pages of the library's reference, by file name, in Markdown.

    Raises
    ------
    MandeError
        When a definition is not right.
    """
    catalogue = load_catalogue([library_root() / "indicators"])
    needs = {name: needed_answers([indicator], catalogue) for name, indicator in catalogue.indicators.items()}
    return reference_pages(catalogue, needs, language=language)


def write_reference(folder: Path, *, language: Language = "en") -> list[Path]:
    """Write the pages of the library's reference to a folder and return their paths."""
    pages = reference(language=language)
    for name, text in pages.items():
        write_atomic(folder / name, text)
    return [folder / name for name in pages]


def codebook(programme: str, *, workspace: Path = Path(), language: Language = "en") -> str:
    """Return the codebook of one programme's uploads, in Markdown.

    Raises
    ------
    MandeError
        When a definition is not right or there is no such programme.
    """
    definitions = load_definitions(find_workspace(workspace), programme)
    columns = {}
    declared = dict.fromkeys(name for wave in definitions.programme.waves for name in wave.uploads)
    needed = needed_by_programme(definitions)
    for table in declared or [name for name in definitions.catalogue.tables if needed.get(name)]:
        questions = definitions.catalogue.questions[table]
        if not declared:
            # What the questionnaire asks: the library has many more questions.
            questions = {name: entry for name, entry in questions.items() if name in needed[table]}
        mapping = load_mapping(definitions.folder, table=table, questions=questions)
        columns[table] = mapping.columns or {name: name for name in questions}
    return programme_codebook(definitions.programme, definitions.catalogue, columns, language=language)
