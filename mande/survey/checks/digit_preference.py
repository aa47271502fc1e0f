"""Numbers that end in 0 or 5 far more often than chance: they were guessed or rounded.

Myers' blended index counts how far the last digits depart from a tenth each (0: not at all, 90: one digit
only), weighting so that a falling age distribution does not look like a preference.
Source: Myers, R. J. (1940), Errors and bias in the reporting of ages in census data, Transactions of the
Actuarial Society of America 41.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from mande.errors import Code, Problem, Severity, Text
from mande.survey.check import CheckContext
from mande.survey.grid import Values
from mande.survey.table import ConformedTable

V_DIGITS = Code(
    "V-DIGITS",
    Text(
        "the numbers prefer some last digits: they look rounded or guessed",
        "les nombres préfèrent certains derniers chiffres : ils semblent arrondis ou devinés",
        "los números prefieren ciertos dígitos finales: parecen redondeados o adivinados",
    ),
    Text(
        "a tenth of the answers for each last digit",
        "un dixième des réponses par dernier chiffre",
        "un décimo de las respuestas por dígito final",
    ),
    Text(
        "Nothing to correct in the file; train enumerators to probe, and read averages as rough.",
        "Rien à corriger dans le fichier ; formez les enquêteurs à insister, et lisez les moyennes avec "
        "prudence.",
        "Nada que corregir en el archivo; capacite para repreguntar, y lea los promedios con cautela.",
    ),
    Text(
        "{share} % end in 0 or 5; Myers' index {index} of 90",
        "{share} % finissent par 0 ou 5 ; indice de Myers {index} sur 90",
        "el {share} % termina en 0 o 5; índice de Myers {index} de 90",
    ),
)
ENOUGH = 100
WIDE = 30
MUCH = 20.0
_MEASURED = ("years", "hours", "days", "minutes", "kg", "km")
"""Units in which people count one by one; money is paid in round sums anyway."""
CHI_SQUARE_9 = 27.88
"""0.999 quantile of chi-square with nine degrees of freedom."""


def check(table: ConformedTable, context: CheckContext) -> Iterator[Problem]:
    """Yield V-DIGITS for whole numbers with a strong and significant preference of last digits."""
    for name, question in table.asked.items():
        if question.type != "integer" or question.unit not in ("", *_MEASURED):
            continue
        counts = counted(table.frame[name])
        total = sum(counts.values())
        if total < ENOUGH or max(counts) - min(counts) < WIDE:
            continue
        index = myers_index(counts)
        if index < MUCH or chi_square(counts) < CHI_SQUARE_9:
            continue
        found: Values = {
            "share": round(100 * sum(n for value, n in counts.items() if value % 5 == 0) / total),
            "index": round(index),
        }
        yield Problem(V_DIGITS, table.place(name), found, Severity.WARNING)


def counted(values: pl.Series) -> dict[int, int]:
    """Return how often each value from 10 on occurs."""
    return {value: n for value, n in values.value_counts().iter_rows() if value is not None and value >= 10}


def chi_square(counts: Mapping[int, int]) -> float:
    """Return chi-square of the last digits against a tenth each, with nine degrees of freedom."""
    expected = sum(counts.values()) / 10
    digits = [sum(n for value, n in counts.items() if value % 10 == digit) for digit in range(10)]
    return sum((count - expected) ** 2 for count in digits) / expected


def myers_index(counts: Mapping[int, int]) -> float:
    """Return Myers' blended index of whole numbers from 10 on: half the sum of departures from 10 %.

    Examples
    --------
    >>> round(myers_index(dict.fromkeys(range(10, 90), 1)), 1)
    1.7
    >>> myers_index({20: 5, 30: 5, 40: 5})
    90.0
    """
    blended = [0] * 10
    for value, n in counts.items():
        digit = value % 10
        blended[digit] += n * ((digit + 1) + (9 - digit) * (value >= 20))
    total = sum(blended)
    return sum(abs(100 * part / total - 10) for part in blended) / 2 if total else 0.0
