"""The kinds of problem an estimation can meet, each in five parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mande.errors import Code, Place, Problem, Text, Value, did_you_mean

METHOD = Code(
    "M-METHOD",
    Text("this method does not exist"),
    Text("one of {known}{hint}"),
    Text("Choose a method from the list."),
)
INFERENCE = Code(
    "M-INFERENCE",
    Text("this kind of standard error does not exist"),
    Text("auto or one of {known}{hint}"),
    Text("Choose a kind from the list; auto clusters by `cluster`, else by `unit`."),
)
PAIR = Code(
    "M-PAIR",
    Text("this method has no such standard error"),
    Text("with {method}, one of {known}"),
    Text("Choose a kind of standard error that is defined for the method."),
)
OPTION = Code(
    "M-OPTION",
    Text("this option is not known to the method"),
    Text("{expected}{hint}"),
    Text("Correct the name of the option or leave it out."),
)
VALUE = Code(
    "M-VALUE",
    Text("the value of an argument cannot be used"),
    Text("{expected}"),
    Text("Correct the value."),
)
ARGUMENT = Code(
    "M-ARGUMENT",
    Text("an argument is missing"),
    Text("the name of a column: {expected}"),
    Text("Add the argument."),
    Text("nothing"),
)
SECTIONS = Code(
    "M-SECTIONS",
    Text("the method follows units over the waves, and no unit is named"),
    Text("the id of the unit that is followed over the waves: unit=..."),
    Text("Name the unit. Where other units are asked in every wave, take {next_best}."),
    Text("nothing"),
)
ROLE = Code(
    "M-ROLE",
    Text("one column is named for two things"),
    Text("a column of its own for each of outcome, treated, time and every covariate"),
    Text("Remove the column from one of the two places."),
    Text("{found} as {roles}"),
)
FRAME = Code(
    "M-FRAME",
    Text("the data are not one pandas table with one column per name"),
    Text("{expected}"),
    Text("Pass a pandas DataFrame in which each column has a name of its own."),
)
COLUMN = Code(
    "M-COLUMN",
    Text("the table has no such column"),
    Text("a column of the table{hint}"),
    Text("Correct the name, or add the column. The table has: {columns}"),
)
TYPE = Code(
    "M-TYPE",
    Text("a column that must hold numbers holds something else"),
    Text("numbers, or true and false"),
    Text("Turn the column into numbers first, for example 1 for yes and 0 for no."),
)
INFINITE = Code(
    "M-INFINITE",
    Text("a column holds infinite values"),
    Text("finite numbers or missing values"),
    Text("Look for a division by zero or the logarithm of zero where the column was made."),
    Text("{found} infinite"),
)
WEIGHT = Code(
    "M-WEIGHT",
    Text("weights are negative"),
    Text("weights of zero or more"),
    Text("Correct the weights: a weight says how many units of the population a row stands for."),
    Text("{found} negative"),
)
DUPLICATE = Code(
    "M-DUPLICATE",
    Text("a unit stands more than once in the same wave"),
    Text("one row per unit and wave"),
    Text("Remove the repeated rows, or aggregate them to one row per {unit} and {time}."),
    Text("{found} {unit}-{time} pairs repeated, for example in {example}"),
)
ORDER = Code(
    "M-ORDER",
    Text("the order of the waves cannot be read from their names"),
    Text("numbers, dates, an ordered categorical, or the order given"),
    Text("Give the order, earliest first: waves=[...], or periods=(before, after)."),
)
PERIODS = Code(
    "M-PERIODS",
    Text("difference-in-differences compares exactly two waves"),
    Text("{expected}"),
    Text("Name the two waves: periods=(before, after)."),
)
TREATED = Code(
    "M-TREATED",
    Text("the treated column does not say who belongs to the treated group"),
    Text("{expected}"),
    Text("Use the group a unit belongs to (1 treated, 0 comparison), the same in every wave."),
)
VARIATION = Code(
    "M-VARIATION",
    Text("a regressor does not vary, so that its effect cannot be estimated"),
    Text("{expected}"),
    Text("Leave the regressor out, or choose rows or a method in which it varies."),
)
OUTCOME = Code(
    "M-OUTCOME",
    Text("the outcome does not move"),
    Text("{expected}"),
    Text(
        "Check how the outcome was made; where it really never changes, report its level and not an effect."
    ),
)
COLLINEAR = Code(
    "M-COLLINEAR",
    Text("a regressor says the same as others, so that their effects cannot be told apart"),
    Text("a regressor that is no combination of {others}"),
    Text("Leave one of them out."),
)
CELL = Code(
    "M-CELL",
    Text("a group needed for the comparison is empty"),
    Text("at least one row in each of: {expected}"),
    Text("Check the coding of the groups and waves and what was dropped: {dropped}."),
)
CLUSTERS = Code(
    "M-CLUSTERS",
    Text("there are too few clusters for a clustered standard error"),
    Text("{expected}"),
    Text('Cluster at a level with more groups, or take inference="classical" and say why that is right.'),
)
ALONE = Code(
    "M-ALONE",
    Text("one cluster alone stands for a group, so that no interval can be learnt from clusters"),
    Text("at least two clusters in every group, better ten or more"),
    Text(
        "Where chance decided which clusters were treated, replay the draw: "
        'inference="randomisation", assigned_by=... (methods that are regressions). Otherwise name a finer '
        "cluster if treatment was given out below this level, or report the means of the groups without an "
        "interval."
    ),
)
NESTED = Code(
    "M-NESTED",
    Text("units belong to more than one cluster"),
    Text("one cluster per {unit}"),
    Text("Use each unit's cluster at baseline, or cluster by {unit}."),
    Text("{found} in more than one {cluster}"),
)
COHORT = Code(
    "M-COHORT",
    Text("when treatment starts is not known for every row"),
    Text("the first treated wave of every unit; 0 or infinity for units that are never treated"),
    Text("Say of each unit whether it is never treated (0) or unknown; leave out units that are unknown."),
)
STARTS = Code(
    "M-STARTS",
    Text("the start of treatment changes within a unit"),
    Text("one first treated wave per unit, the same in all its rows"),
    Text(
        "Write the first wave in which the unit was treated into every row of the unit, 0 where it never was."
    ),
)
SWITCH = Code(
    "M-SWITCH",
    Text("treatment is not in force in every wave from its start on, as this method needs"),
    Text("a treatment that begins in the first treated wave and stays on"),
    Text(
        "Leave `treated` out to estimate the effect of ever having started, or take fixed_effects or "
        "first_difference, which let treatment end."
    ),
)
UNUSED = Code(
    "M-UNUSED",
    Text("the method has no use for an argument"),
    Text("no {found} with {method}"),
    Text("Leave the argument out, or choose a method that uses it."),
)
ASSIGNED = Code(
    "M-ASSIGNED",
    Text("the draw that decided who was treated cannot be replayed"),
    Text("drawn groups that lie in one stratum and whose treatment stays the same, or starts once and stays"),
    Text("Name the groups that were drawn: assigned_by=...; or choose another kind of standard error."),
)
SURVEY = Code(
    "M-SURVEY",
    Text("the sampling design gives no standard error"),
    Text("at least two sampling units in every stratum, each unit in one stratum"),
    Text("Join strata that are alike, or name other sampling units: cluster=..."),
)
ROWS = Code(
    "M-ROWS",
    Text("too few rows are left to estimate anything"),
    Text("{expected}"),
    Text("Check what was dropped: {dropped}."),
)

OVERLAP = Code(
    "M-OVERLAP",
    Text("treated and comparison units are too unlike to be compared at like covariates"),
    Text("comparison units like every kind of treated unit"),
    Text(
        "Leave out the covariate that sets the groups apart, or the treated units that nobody resembles, "
        "and say so."
    ),
)
INSTRUMENTS = Code(
    "M-INSTRUMENTS",
    Text("the instruments cannot tell the effect"),
    Text("{expected}"),
    Text("Name what moved take-up and nothing else, such as the assignment: instruments=..."),
)


def problem(code: Code, *, column: str = "", argument: str = "", **values: Value) -> Problem:
    """Return a problem at a column of the table or at an argument of the call."""
    where = argument if not column else ""
    return Problem(code, Place(column=column, question=where), values)


def unknown(code: Code, word: str, known: Iterable[str], *, argument: str, **values: Value) -> Problem:
    """Return a problem about a word that is none of the `known` ones, with the nearest of them."""
    names = sorted(known)
    text = ", ".join(names) or "none"
    values = {"found": word, "known": text, "hint": did_you_mean(word, names), **values}
    return Problem(code, Place(question=argument), values)


def no_column(column: str, names: Sequence[str], *, argument: str) -> Problem:
    """Return the problem of a column that the table does not have, with the nearest names it has."""
    shown = ", ".join(names[:30]) + (", ..." if len(names) > 30 else "")
    hint = did_you_mean(column, names)
    return problem(COLUMN, argument=argument, found=column, hint=hint, columns=shown)
