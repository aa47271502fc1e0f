"""Units of measure: their texts as dimensions, and the dimension that a formula's value has.

A dimension is a product of powers of a few bases: money (LCU), weight (kg), area (ha) and the units of
time, each a base of its own. What can be counted or is a share, a score or an index has no dimension.
The dimension of a unit text in other words is not known and never a problem; words that nothing declares
(`words_unknown`) are one for who checks a definition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mande.errors import Place, Problem
from mande.formula.problems import F_UNIT
from mande.formula.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Column,
    Compare,
    Formula,
    Logic,
    Member,
    Negate,
    Node,
    Not,
    Number,
    Truth,
    parts_of,
    render,
)
from mande.units import unknown_words

TIMES = frozenset({"minute", "hour", "day", "week", "month", "season", "year"})
_BASES = {"LCU": "LCU", "kg": "kg", "ha": "ha", "hectare": "ha", **{name: name for name in TIMES}}
_COUNTED_WORDS = """
    adult animal answer base buyer case certificate child children count crop dwelling employee equivalent
    family farm farmer firm group head household index item job leader man member men no number one output
    pair partner people percent percentage period person piece plot point producer product quarter ratio
    respondent room sale score seller share source step supplier tree unit woman women worker %
"""
_COUNTED = frozenset(_COUNTED_WORDS.split())
WORDS = tuple(sorted({*_BASES, *_COUNTED}))
"""The words of units that have a meaning here."""
_FREE = re.compile(r"^(?:share|score|ratio|index|percent|percentage|points|per 100|count|number)\b|^%$")
_INDEX = re.compile(r"= ?100$")
_SUFFIX = re.compile(r" (?:at|in) [a-z0-9 ]*prices$")


@dataclass(frozen=True, slots=True)
class Dimension:
    """A product of powers: pairs (base, exponent), sorted, none with the exponent 0."""

    powers: tuple[tuple[str, Fraction], ...] = ()

    def times(self, other: Dimension, power: Fraction = Fraction(1)) -> Dimension:
        """Return the product with a power of another dimension."""
        found = dict(self.powers)
        for base, exponent in other.powers:
            found[base] = found.get(base, Fraction(0)) + exponent * power
        return Dimension(tuple(sorted((base, n) for base, n in found.items() if n)))

    def without_time(self) -> Dimension:
        """Return the dimension without the units of time."""
        return self.without(TIMES)

    def without(self, bases: frozenset[str]) -> Dimension:
        """Return the dimension without some bases."""
        return Dimension(tuple((base, n) for base, n in self.powers if base not in bases))

    def __str__(self) -> str:
        above = " ".join(_power(base, n) for base, n in self.powers if n > 0)
        below = [_power(base, -n) for base, n in self.powers if n < 0]
        return "/".join([above or "1", *below]) if self.powers else "no unit"


NONE = Dimension()


@dataclass(frozen=True, slots=True)
class Measure:
    """What is known of a value's unit.

    Attributes
    ----------
    dimension : None where it is not known.
    constant : a bare number, which goes with every unit.
    loose : the units of time may be off in any way: a constant may convert them, a sum goes over periods.
    periods : units of time that may stand in the dimension or not, as a flow's `per` does.
    per : the period that a flow is counted over, where nothing has changed it.
    """

    dimension: Dimension | None
    constant: bool = False
    loose: bool = False
    periods: frozenset[str] = frozenset()
    per: str = ""

    def fits(self, other: Measure) -> bool:
        """Return whether two values may be added, as far as their units are known."""
        if self.constant or other.constant or self.dimension is None or other.dimension is None:
            return True
        if self.loose or other.loose:
            return self.dimension.without_time() == other.dimension.without_time()
        if self.per and other.per and self.per != other.per:
            return False
        spare = self.periods | other.periods
        return self.dimension.without(spare) == other.dimension.without(spare)

    def shown(self) -> str:
        """Return the dimension, with the period of a flow."""
        return f"{self.dimension} per {self.per}" if self.per else str(self.dimension)


UNKNOWN, CONSTANT, COUNT = Measure(None), Measure(NONE, constant=True), Measure(NONE)


def _power(base: str, exponent: Fraction) -> str:
    return base if exponent == 1 else f"{base}^{exponent}"


def dimension_of(unit: str) -> Dimension | None:
    """Return the dimension that a unit text stands for, or None where its words are not known.

    Examples
    --------
    >>> str(dimension_of("LCU/household/year")), str(dimension_of("share of workers"))
    ('LCU/year', 'no unit')
    >>> str(dimension_of("kg per ha")), dimension_of("baskets")
    ('kg/ha', None)
    """
    text = _SUFFIX.sub("", " ".join(unit.split()))
    if not text:
        return None
    if _FREE.match(text) or _INDEX.search(text):
        return NONE
    found = NONE
    for place, factor in enumerate(parts_of_unit(text)):
        for word in _words(factor):
            base = _base(word)
            if base is None:
                return None
            found = found.times(base, Fraction(-1 if place else 1))
    return found


_PEOPLE_WORDS = """
    adult child employee equivalent farmer head leader man member partner people person respondent seller
    woman worker
"""
_PEOPLE = frozenset(_PEOPLE_WORDS.split())


def counted_below(unit: str) -> list[str]:
    """Return the counted things that a unit text divides by, in the singular; a person is one by any name.

    Examples
    --------
    >>> counted_below("LCU/household/year"), counted_below("LCU per adult equivalent")
    (['household'], ['person'])
    """
    if _FREE.match(unit) or _INDEX.search(unit):
        return []
    words = [word for factor in parts_of_unit(unit)[1:] for word in _words(factor)]
    return list(dict.fromkeys(thing(word) for word in words if _is_counted(word)))


def things_of(unit: str) -> set[str]:
    """Return what the words of a unit count, in the singular."""
    return {thing(word) for factor in parts_of_unit(unit) for word in _words(factor)}


def parts_of_unit(unit: str) -> list[str]:
    """Return the factors of a unit text, those below the line after the first.

    Examples
    --------
    >>> parts_of_unit("LCU per adult equivalent/day at base prices")
    ['LCU', 'adult equivalent', 'day']
    """
    return re.split(r" ?/ ?| per ", _SUFFIX.sub("", " ".join(unit.split())))


def _words(factor: str) -> list[str]:
    return re.split(r"[ *·-]+", factor)


def counted_among(words: Iterable[str]) -> list[str]:
    """Return those of some words that a unit can count, sorted."""
    return sorted(word for word in words if _is_counted(word))


def thing(word: str) -> str:
    """Return what a word counts, in the singular; all words for people are one.

    Examples
    --------
    >>> thing("trees"), thing("employees"), thing("children"), thing("season")
    ('tree', 'person', 'person', 'season')
    """
    one = {"children": "child", "men": "man", "women": "woman", "people": "person"}.get(word)
    one = one or word.removesuffix("s")
    return "person" if one in _PEOPLE else one


def _is_counted(word: str) -> bool:
    return word in _COUNTED or word.removesuffix("s") in _COUNTED


def words_unknown(unit: str, declared: Iterable[str] = ()) -> list[str]:
    """Return the parts of a unit text that are no units, nor among those declared.

    Examples
    --------
    >>> words_unknown("LCU/banana"), words_unknown("LCU/basket", ["baskets"]), words_unknown("log points")
    (['banana'], [], [])
    """
    unit = unit.removeprefix("log ")  # the logarithm of a value in that unit
    if dimension_of(unit) is not None:
        return []
    if not unknown_words(unit):
        return []
    own = {form for word in declared for form in (word, word.removesuffix("s"))}
    return [
        part for part in parts_of_unit(unit) if not own & {part, part.removesuffix("s")} and _is_unknown(part)
    ]


def _is_unknown(part: str) -> bool:
    return dimension_of(part) is None and bool(unknown_words(part))


def _base(word: str) -> Dimension | None:
    for form in (word, word.removesuffix("s")):
        if form in _BASES:
            return Dimension(((_BASES[form], Fraction(1)),))
        if form in _COUNTED or form.isdecimal():
            return NONE
    return None


def measure_of(unit: str, *, per: str | None = None) -> Measure:
    """Return what a unit text says; `per` is the period declared beside it, which the text may repeat."""
    if per is None:
        return Measure(dimension_of(unit))
    if per not in TIMES:  # `pay`: the time that one pay covers, which nothing says
        return Measure(dimension_of(unit), loose=True)
    return Measure(dimension_of(unit), periods=frozenset({per}), per=per)


def infer(
    formula: Formula, unit_of: Callable[[Column], Measure], *, place: Place | None = None
) -> tuple[Measure, list[Problem]]:
    """Return what a formula's value is measured in, and a problem for each sum of unlike parts.

    Parts of sums and differences, compared values and the branches of a choice must have one dimension;
    products and quotients add and take away exponents; aggregates keep the unit. A bare number goes with
    every unit. A number as a factor may convert one unit of time to another (52 / 12), so what it
    multiplies is compared without the units of time from there on; so is a roster's sum of flows, which
    goes over as many periods as the roster has rows. A flow with a `per` may have that period in its unit
    or not, and no other.

    Parameters
    ----------
    formula
        A formula whose names and kinds were checked.
    unit_of
        What a name is measured in; `UNKNOWN` where nothing is said.
    place
        Where the formula stands, for messages.

    Examples
    --------
    >>> from mande.formula import parse
    >>> units = {"qty": measure_of("kg"), "price": measure_of("LCU/kg")}
    >>> found, problems = infer(parse("qty * price"), lambda column: units[column.name])
    >>> str(found.dimension), problems
    ('LCU', [])
    >>> _, (problem,) = infer(parse("qty + price"), lambda column: units[column.name])
    >>> problem.found()
    'qty + price: qty is in kg, price in LCU/kg'
    """
    walker = _Walker(unit_of, place or Place())
    return walker.measure(formula.root), walker.problems


def _product(left: Measure, right: Measure, power: int) -> Measure:
    if left.constant and right.constant:
        return CONSTANT
    loose = left.loose or right.loose or left.constant or right.constant
    periods = left.periods | right.periods
    # A flow stays one only beside what has no time of its own: pay per month by hours per week is neither.
    per, beside = (right.per, left) if right.per and power > 0 and not left.per else (left.per, right)
    per = "" if loose or beside.periods or _has_time(beside) else per
    if left.dimension is None or right.dimension is None:
        return Measure(None, loose=loose, periods=periods, per=per)
    return Measure(left.dimension.times(right.dimension, Fraction(power)), False, loose, periods, per)


def _has_time(measure: Measure) -> bool:
    return measure.dimension is None or measure.dimension != measure.dimension.without_time()


def _raised(base: Measure, exponent: float) -> Measure:
    if base.constant or base.dimension is None:
        return base
    power = Fraction(exponent).limit_denominator(12)
    return Measure(NONE.times(base.dimension, power), loose=base.loose, periods=base.periods)


_COUNTS = frozenset({"count", "share", "any", "all", "distinct", "concentration", "largest_share"})
_KEPT = frozenset({"abs", "floor", "ceil", "round"})
_ALIKE = frozenset({"sum_of", "mean_of", "min_of", "max_of", "sd_of", "clip", "if_missing"})
_FIXED: Mapping[str, Measure] = {
    "is_missing": COUNT,
    "count_of": COUNT,
    "includes": COUNT,
    "days_between": Measure(Dimension((("day", Fraction(1)),))),
}


class _Walker:
    def __init__(self, unit_of: Callable[[Column], Measure], place: Place) -> None:
        self.unit_of = unit_of
        self.place = place
        self.problems: list[Problem] = []

    def measure(self, node: Node) -> Measure:
        match node:
            case Number():
                return CONSTANT
            case Column():
                return self.unit_of(node)
            case Negate(operand):
                return self.measure(operand)
            case Arithmetic():
                return self._arithmetic(node)
            case Choose(condition, yes, no):
                self.measure(condition)
                return self._alike(node, (yes, no))
            case Call(function, arguments):
                return self._call(node, function, arguments)
            case Aggregate():
                return self._aggregate(node)
            case _:
                return self._condition(node)

    def _condition(self, node: Node) -> Measure:
        if isinstance(node, Compare):
            self._alike(node, (node.left, node.right))
        elif isinstance(node, Not | Logic | Member):
            for part in parts_of(node):
                self.measure(part)
        return COUNT if isinstance(node, Compare | Not | Logic | Member | Truth) else UNKNOWN

    def _arithmetic(self, node: Arithmetic) -> Measure:
        if node.sign in ("+", "-"):
            return self._alike(node, (node.left, node.right))
        left = self.measure(node.left)
        if node.sign == "**":
            return _raised(left, node.right.value if isinstance(node.right, Number) else 1.0)
        return _product(left, self.measure(node.right), -1 if node.sign == "/" else 1)

    def _call(self, node: Call, function: str, arguments: Sequence[Node]) -> Measure:
        if function in _ALIKE:
            return self._alike(node, arguments)
        found = [self.measure(argument) for argument in arguments]
        if function in _FIXED:
            return _FIXED[function]
        if function == "only_if":
            return found[1]
        if function == "sqrt":
            return _raised(found[0], 0.5)
        return found[0] if function in _KEPT else UNKNOWN  # log and exp: a number of its own kind

    def _aggregate(self, node: Aggregate) -> Measure:
        found = [self.measure(part) for part in parts_of(node)]
        if node.function in _COUNTS:
            return COUNT
        kept = found[0]
        return replace(kept, loose=True, per="") if node.function == "sum" and kept.periods else kept

    def _alike(self, node: Node, values: Iterable[Node]) -> Measure:
        """Return the one unit of several values, noting the first that differs from another."""
        found = [(value, self.measure(value)) for value in values]
        united = [(value, measure) for value, measure in found if not measure.constant]
        if not united:
            return CONSTANT
        for number, (value, measure) in enumerate(united):
            for before, other in united[:number]:
                if not measure.fits(other):
                    told = f"{render(before)} is in {other.shown()}, {render(value)} in {measure.shown()}"
                    shown = f"{render(node)}: {told}"
                    values_ = {"found": shown, "expected": "values of one unit"}
                    self.problems.append(Problem(F_UNIT, self.place, values_))
                    return UNKNOWN
        if any(measure.dimension is None for _, measure in united):
            return UNKNOWN
        strict = [measure for _, measure in united if not measure.loose and not measure.periods]
        loose = any(measure.loose for _, measure in united)
        periods = frozenset().union(*(measure.periods for _, measure in united))
        per = "" if loose else next((measure.per for _, measure in united if measure.per), "")
        return Measure((strict or [united[0][1]])[0].dimension, False, loose, periods, per)
