"""An id that names a person of another sex or age than before: another member of the household?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.identity import AGE, BORN, SEX, changed_people, people_of
from mande.survey.table import HIDDEN, ConformedTable

I_CHANGED = Code(
    "I-CHANGED",
    Text(
        "the id named another person in wave {wave}",
        "l'identifiant désignait une autre personne à la vague {wave}",
        "el id era de otra persona en la ronda {wave}",
    ),
    Text(
        "the same sex, and a year of birth within {years} years",
        "le même sexe, et une année de naissance à {years} ans près",
        "el mismo sexo, y un año de nacimiento con {years} años de margen",
    ),
    Text(
        "Another member of the household? Decide in the review list (`mande corrections export`); until "
        "then the interview is set aside in comparisons.",
        "Un autre membre du ménage ? Décidez dans la liste de revue (`mande corrections export`) ; d'ici "
        "là l'entretien est mis de côté.",
        "¿Otro miembro del hogar? Decida en la lista de revisión (`mande corrections export`); hasta "
        "entonces la entrevista queda aparte.",
    ),
    Text("{what}"),
)


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-CHANGED for rows whose sex or year of birth contradicts an earlier wave."""
    wave = context.programme.wave(context.wave)
    asked = [name for name in (SEX, AGE, *BORN) if name in table.titles]
    facts = context.people.select((pl.col("sex").is_not_null() | pl.col("born").is_not_null()).any()).item()
    if wave is None or not asked or table.key not in table.titles or not facts:
        return
    now = people_of(table.frame, key=table.key, date=wave.reference_date)
    confirmed = [c.value for c in context.decided if c.action == "same respondent"]
    changed = changed_people(now, context.people).filter(~pl.col("id").is_in(confirmed))
    places = table.frame.select(pl.col(table.key).alias("id")).with_row_index("index")
    ids = dict(places.join(changed, on="id", how="semi").select("id", "index").iter_rows())
    is_hidden = any(table.is_hidden(name) for name in asked)
    for row in changed.iter_rows(named=True):
        has_sex = row["sex"] is not None and row["sex"] != row["sex (known)"]
        column = SEX if has_sex and SEX in asked else asked[-1]
        what = HIDDEN if is_hidden else _what(row)
        values: Values = {"what": what, "wave": row["seen (known)"] or "-", "years": 2}
        yield Problem(I_CHANGED, table.place(column, ids[row["id"]]), values, Severity.WARNING)


def _what(row: dict[str, str | int | None]) -> Text:
    """Return what contradicts, for example `sex f, now m; born about 1970, now 1982`."""
    sex, was_sex, born, was_born = (row[name] for name in ("sex", "sex (known)", "born", "born (known)"))
    told = [Text("")]
    if None not in (sex, was_sex) and sex != was_sex:
        told.append(
            Text(
                f"sex {was_sex}, now {sex}",
                f"sexe {was_sex}, maintenant {sex}",
                f"sexo {was_sex}, ahora {sex}",
            )
        )
    if isinstance(born, int) and isinstance(was_born, int) and abs(born - was_born) > 2:
        told.append(
            Text(
                f"born about {was_born}, now {born}",
                f"né vers {was_born}, maintenant {born}",
                f"nacido hacia {was_born}, ahora {born}",
            )
        )
    parts = told[1:]
    return Text(*("; ".join(text.in_(language) for text in parts) for language in ("en", "fr", "es")))
