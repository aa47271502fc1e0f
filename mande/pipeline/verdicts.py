"""Write a verdict for its reader: as a marked copy of the file, or as a page.

Apart from the check itself, which needs neither of the libraries that write these.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mande.errors import Code, Language, MandeError, Place, Problem, Text
from mande.survey.annotate import write_annotated
from mande.survey.page import verdict_page
from mande.survey.together import WaveVerdict
from mande.survey.verdict import Verdict
from mande.workspace import write_atomic

W_OVERWRITE = Code(
    "W-OVERWRITE",
    Text(
        "the marked copy would take the place of an upload",
        "la copie marquée prendrait la place d'un fichier déposé",
        "la copia marcada ocuparía el lugar de un archivo subido",
    ),
    Text("another path", "un autre chemin", "otra ruta"),
    Text(
        "Give another path to --annotated, or none: --marked writes beside the file.",
        "Donnez un autre chemin à --annotated, ou aucun : --marked écrit à côté du fichier.",
        "Dé otra ruta a --annotated, o ninguna: --marked escribe junto al archivo.",
    ),
)


def annotate_all(
    verdict: WaveVerdict, files: Sequence[Path], path: Path | None = None, *, language: Language = "en"
) -> list[Path]:
    """Write a marked copy of each file with problems, beside it or at `path`; return the copies' paths."""
    written = []
    for file in files:
        own = [entry for entry in verdict.verdicts if entry.file == file.name]
        if not any(entry.problems for entry in own):
            continue
        target = path or file.with_suffix(".checked.xlsx")
        if path is not None and len(files) > 1:
            target = path.with_name(f"{path.stem}.{file.stem}{path.suffix}")
        if any(target.resolve() == given.resolve() for given in files):
            raise MandeError([Problem(W_OVERWRITE, Place(file=target.name), {"found": target.name})])
        if write_annotated(own, target, source=file, language=language) is not None:
            written.append(target)
    return written


def write_page(verdict: Verdict | WaveVerdict, path: Path, *, language: Language = "en") -> Path:
    """Write the verdict as an HTML page that needs no network, and return its path."""
    write_atomic(path, verdict_page(verdict, language=language))
    return path
