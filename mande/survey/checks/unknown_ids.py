"""Respondents of the wave should stand in the programme's register; a slip in an id is asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from mande.errors import Ask, Code, Option, Problem, Severity, Text, about
from mande.survey.asking import Q_ANSWERED
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.identity import AGE, BORN, SEX, changed_people, initials, near_ids, people_of
from mande.survey.table import ConformedTable, cell_problems

I_UNKNOWN = Code(
    "I-UNKNOWN",
    Text(
        "the id is not in the register",
        "l'identifiant n'est pas dans le registre",
        "el id no está en el registro",
    ),
    Text("an id of the register", "un identifiant du registre", "un id del registro"),
    Text(
        "Correct the id, or add the unit to the register; until then the row is set aside in comparisons.",
        "Corrigez l'identifiant ou ajoutez l'unité au registre ; d'ici là la ligne est mise de côté.",
        "Corrija el id o añada la unidad al registro; hasta entonces la fila queda aparte.",
    ),
)
I_NEAR = Code(
    "I-NEAR",
    Text(
        "the id is not known, and one that is close is missing from the file",
        "l'identifiant est inconnu, et un autre très proche manque dans le fichier",
        "el id no se conoce, y falta en el archivo otro muy parecido",
    ),
    Text("is it {candidate}{place}?", "est-ce {candidate}{place} ?", "¿es {candidate}{place}?"),
    Text(
        "Look the person up. Write the decision into the review list, or correct the id in the file. Nothing "
        "is linked by itself.",
        "Vérifiez la personne. Notez la décision dans la liste de revue, ou corrigez l'identifiant. Rien "
        "n'est relié automatiquement.",
        "Verifique a la persona. Anote la decisión en la lista de revisión, o corrija el id. Nada se "
        "enlaza por sí solo.",
    ),
    Text("{found}{who}", "{found}{who}", "{found}{who}"),
)
I_LOST = Code(
    "I-LOST",
    Text(
        "hardly any id of the file is known",
        "presque aucun identifiant du fichier n'est connu",
        "casi ningún id del archivo se conoce",
    ),
    Text("ids as {example}", "des identifiants comme {example}", "ids como {example}"),
    Text(
        "Look whether the ids lost something on the way (zeros, letters in front), or whether it is the file "
        "of another programme; correct the column, or say that the respondents are new.",
        "Vérifiez si les identifiants ont perdu quelque chose (zéros, lettres) ou si le fichier est d'un "
        "autre programme ; corrigez la colonne, ou dites que les personnes sont nouvelles.",
        "Vea si los ids perdieron algo (ceros, letras) o si el archivo es de otro programa; corrija la "
        "columna, o diga que los encuestados son nuevos.",
    ),
    Text(
        "{n} of {total} ids are not known, such as {found}",
        "{n} identifiants sur {total} sont inconnus, comme {found}",
        "{n} de {total} ids no se conocen, como {found}",
    ),
)
NEW = Option(
    "new",
    Text(
        "they are right: these respondents were not known before",
        "ils sont justes : ces personnes n'étaient pas connues",
        "son correctos: estos encuestados no se conocían",
    ),
)
HARDLY = 0.05
"""A file in which no larger share of ids is known is asked about."""
_ENOUGH = 10
SAME = Option("same respondent", Text("it is that person", "c'est cette personne", "es esa persona"))
DIFFERENT = Option(
    "different respondent", Text("it is somebody else", "c'est quelqu'un d'autre", "es otra persona")
)
REVIEW = "mande corrections export {programme} -w {wave} --file {file} --out review.xlsx"


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield I-NEAR for ids that may be a slip of a known one, I-UNKNOWN for others out of the register.

    Where there is no register, ids of earlier waves are the known ones, and a new id is nothing to report.
    I-LOST, a question about the file, stands for all of them where hardly any id is known.
    """
    people = context.people
    if table.key not in table.titles or (context.register is None and not people.height):
        return
    known = people["id"] if context.register is None else context.register
    ids = table.frame[table.key]
    mask = ids.is_not_null() & ~ids.is_in(known.implode())
    if not mask.any():
        return
    if (lost := _lost(table, context, ids, mask, known)) is not None:
        yield lost
        if lost.severity is Severity.QUESTION:
            return
    unknown = ids.filter(mask).unique(maintain_order=True).to_list()
    free = set(known.to_list()) - set(ids.to_list())
    proposed = _near(table, context, unknown, free)
    apart = context.told_apart | _contradicting(table, context, proposed)
    near = {
        name: tuple(c for c in candidates if (name, c) not in apart) for name, candidates in proposed.items()
    }
    if context.register is not None:
        far = mask & ~ids.is_in([name for name, candidates in near.items() if candidates])
        yield from cell_problems(table, table.key, far, I_UNKNOWN, severity=Severity.WARNING)
    places = dict(people.select("id", "place").iter_rows())
    for index in mask.arg_true().to_list():
        for candidate in near.get(ids[index], ()):
            yield _ask(table, index, candidate, places.get(candidate) or "")


def _near(
    table: ConformedTable, context: CheckContext, unknown: Sequence[str], free: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return the known ids that an unknown one may be a slip of.

    In a roster only people are followed from wave to wave (not plots, seasons or sales), and only within
    the row they belong to; an id made of that row's id and a number tells the place in the list.
    """
    if context.link is None:
        return near_ids(unknown, free)
    if context.link not in table.titles or not {SEX, AGE, *BORN} & set(table.questions):
        return {}
    above = dict(table.frame.select(table.key, context.link).drop_nulls().iter_rows())
    places = dict(context.people.select("id", "place").iter_rows())
    of: dict[str, list[str]] = {}
    for name in free:
        of.setdefault(places.get(name) or "", []).append(name)
    found: dict[str, tuple[str, ...]] = {}
    for name in unknown:
        parent = above.get(name)
        if parent and not _is_position(name, parent):
            siblings = [other for other in of.get(parent, []) if not _is_position(other, parent)]
            found |= near_ids([name], siblings)
    return found


def _is_position(name: str, parent: str) -> bool:
    return name.startswith(f"{parent}-") and name[len(parent) + 1 :].isdigit()


def _lost(
    table: ConformedTable, context: CheckContext, ids: pl.Series, mask: pl.Series, known: pl.Series
) -> Problem | None:
    """Return the question about a file of which hardly any id is known, or the note that it was answered."""
    total, n = ids.count(), int(mask.sum())
    # In a roster, and where every wave asks others, new ids are the rule.
    is_followed = context.link is None and (context.register is not None or not context.programme.is_repeated)
    if total < _ENOUGH or not is_followed or total - n > HARDLY * total or known.count() == 0:
        return None
    place, strange = table.place(table.key), ids.filter(mask)
    values: Values = {
        "n": n,
        "total": total,
        "found": table.shown(table.key, str(strange[0])),
        "example": table.shown(table.key, str(known.drop_nulls().sort()[0])),
    }
    ask = Ask(table.name, table.titles[table.key], (NEW,), about=about(sorted(strange.to_list())))
    if context.profile.settled(I_LOST, ask) is not None:
        told: Values = {"code": I_LOST.id, "found": NEW.value, "count": n}
        return Problem(Q_ANSWERED, place, told, Severity.NOTE)
    return Problem(I_LOST, place, values, Severity.QUESTION, ask)


def _contradicting(
    table: ConformedTable, context: CheckContext, proposed: Mapping[str, tuple[str, ...]]
) -> set[tuple[str, str]]:
    """Return the pairs of which sex or year of birth say that they are two people."""
    wave = context.programme.wave(context.wave)
    pairs = [(name, c) for name, candidates in proposed.items() for c in candidates]
    if wave is None or not pairs:
        return set()
    named = pl.DataFrame(pairs, schema=["name", "id"], orient="row", schema_overrides={"id": pl.String})
    facts = named.join(context.people, on="id")
    # What is known of a candidate, as if it were known of the id in the file.
    known = facts.select(pl.col("name").alias("id"), "place", "sex", "born", pl.col("id").alias("seen"))
    changed = changed_people(people_of(table.frame, key=table.key, date=wave.reference_date), known)
    return set(changed.select("id", "seen (known)").iter_rows())


def _ask(table: ConformedTable, index: int, candidate: str, place: str) -> Problem:
    masked = initials(table, index)
    values: Values = {
        "found": table.shown(table.key, table.texts[table.key][index]),
        "candidate": candidate,
        "place": f" ({place})" if place else "",
        "who": f" ({masked})" if masked else "",
    }
    ask = Ask(table.name, table.titles[table.key], (SAME, DIFFERENT), command=REVIEW)
    return Problem(I_NEAR, table.place(table.key, index), values, Severity.QUESTION, ask)
