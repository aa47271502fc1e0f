"""A questionnaire as an XLSForm, for exactly the questions that indicators need.

The form follows xlsform.org: groups for modules, repeats for rosters, `relevant` from filters,
`constraint` from ranges. Every number and every closed question takes the missing codes, and a
constraint lets them through (a bare range would refuse them).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mande.catalogue import Catalogue
from mande.errors import Language, Place
from mande.publish.formrules import constrain
from mande.publish.formtext import LANGUAGES, WORDS, hint_of, missing_label, range_message
from mande.publish.xpath import MISSING, xpath
from mande.schema.common import Label
from mande.schema.form_fields import OPENING_FIELDS, form_field
from mande.schema.programme import Wave
from mande.schema.question import Question, QuestionFile

SECONDS: Mapping[str, int] = {
    "yes_no": 8, "choice": 12, "integer": 15, "number": 20, "date": 15, "multiple": 25, "text": 20,
}  # fmt: skip
"""Time to ask and answer, our own allowance for an interview through an interpreter's pause; pre-test."""

_TYPES = {"text": "text", "integer": "integer", "number": "decimal", "date": "date"}
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """One questionnaire.

    Attributes
    ----------
    table : the table whose unit is interviewed.
    survey, choices, settings : rows of the sheets of the same name.
    questions : how many are asked, a question of a roster counted once.
    minutes : estimated length of an interview, rosters at their typical number of rows.
    drafts : group titles whose French or Spanish has not been reviewed; `sensitive` of them are asked in
        private or hold protected answers.
    columns : by table, the field of each question: the titles an export will carry.
    rules_left : rules that the form cannot ask for; the check of the upload judges them.
    """

    table: str
    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: Row
    questions: int
    minutes: float
    drafts: tuple[str, ...]
    sensitive: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]]
    rules_left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What a form is made for: the programme's name, waves, currency, and the questions by table."""

    id: str
    title: Label
    currency: str
    waves: Sequence[Wave]
    needs: Mapping[str, Sequence[str]]
    constants: frozenset[str] = frozenset()


def build_forms(request: FormRequest, catalogue: Catalogue) -> tuple[Form, ...]:
    """Return the questionnaires that ask what is needed: one for each unit that is interviewed by itself.

    Rosters whose rows always belong to a parent are repeats in the parent's form; tables whose rows may
    belong to nobody (workers met outside their firm) have a form of their own.

    Raises
    ------
    MandeError
        Q-FILTER, all problems of all filters of a table at once.
    """
    roots = dict.fromkeys(_root_of(table, catalogue) for table in request.needs)
    return tuple(_FormBuilder(root, request, catalogue).form() for root in roots)


def _root_of(table: str, catalogue: Catalogue) -> str:
    entry = catalogue.tables[table]
    if entry.parent is None or not entry.link_required:
        return table
    return _root_of(entry.parent, catalogue)


class _FormBuilder:
    """Collects the rows of one form."""

    def __init__(self, root: str, request: FormRequest, catalogue: Catalogue) -> None:
        self.root = root
        self.request = request
        self.catalogue = catalogue
        self.needs = self._complete()
        self.fields = _field_names(self.needs, catalogue)
        self.survey: list[Row] = []
        self.lists: dict[str, tuple[Row, ...]] = {}
        self.asked = 0
        self.seconds = 0.0
        self.drafts: dict[str, bool] = {}

    def _complete(self) -> dict[str, list[str]]:
        """Return the needs of this form's tables, and of the tables on the way to them."""
        found: dict[str, set[str]] = {self.root: set()}
        for needed, names in self.request.needs.items():
            if _root_of(needed, self.catalogue) == self.root:
                found.setdefault(needed, set()).update(names)
                table = needed
                while table != self.root:
                    table = str(self.catalogue.tables[table].parent)
                    found.setdefault(table, set())
        return {
            table: [name for name in self.catalogue.questions.get(table, {}) if name in found[table]]
            for table in self.catalogue.tables
            if table in found
        }

    def form(self) -> Form:
        title = self.request.title
        self._opening()
        self._table(self.root)
        self._row("end_group", "interview")
        left = [
            rule
            for table, fields in self.fields.items()
            for rule in constrain(
                self.survey,
                self.catalogue.rules.get(table, {}),
                self.catalogue.questions.get(table, {}),
                fields,
            )
        ]
        choices = [row for rows in self.lists.values() for row in rows]
        name = self.catalogue.tables[self.root].label
        settings = {
            "form_title": f"{title.en} - {name.en}",
            "form_id": f"{self.request.id}_{self.root}",
            "version": _version(self.survey, choices),
            "default_language": LANGUAGES["en"],
            "instance_name": f"${{{self.fields[self.root][self._key(self.root)]}}}",
        }
        return Form(
            self.root, tuple(self.survey), tuple(choices), settings, self.asked, self.seconds / 60,
            tuple(self.drafts), tuple(name for name, private in self.drafts.items() if private), self.fields,
            tuple(left),
        )  # fmt: skip

    def _key(self, table: str) -> str:
        return self.catalogue.tables[table].key

    def _row(self, kind: str, name: str, label: Label | None = None, **columns: str) -> None:
        row = {"type": kind, "name": name}
        if label is not None:
            row |= {f"label::{heading}": label.in_(code) for code, heading in LANGUAGES.items()}
        self.survey.append(row | {key: value for key, value in columns.items() if value})

    def _opening(self) -> None:
        """Write what stands before the first question: times, enumerator, wave, consent."""
        self._row("start", "start")
        self._row("end", "end")
        self._row("text", OPENING_FIELDS["enumerator"], WORDS["enumerator"], required="yes")
        waves = [{"list_name": "wave", "name": wave.id} | _labels(wave.label) for wave in self.request.waves]
        self.lists["wave"] = tuple(waves)
        self._row("select_one wave", OPENING_FIELDS["wave"], WORDS["wave"], required="yes")
        self._row("select_one yes_no", OPENING_FIELDS["consent"], WORDS["consent"], required="yes")
        self._use_yes_no()
        self._row("geopoint", "gps", WORDS["gps"], relevant="${consent} = 'yes'")
        self._row("begin_group", "interview", WORDS["interview"], relevant="${consent} = 'yes'")

    def _use_yes_no(self) -> None:
        words = {"yes": WORDS["yes"], "no": WORDS["no"]}
        self.lists["yes_no"] = _choice_rows("yes_no", words, {})

    def _table(self, table: str) -> None:
        self._identity(table)
        for group in self._groups(table):
            self._group(table, *group)
        for child in self.catalogue.children(table):
            if child in self.needs:
                self._repeat(child)

    def _identity(self, table: str) -> None:
        """Write the key: typed for the interviewed unit, counted within a roster."""
        entry = self.catalogue.tables[table]
        field = self.fields[table][entry.key]
        if table == self.root:
            known = self.catalogue.questions.get(table, {}).get(entry.key)
            self._row("text", field, known.label if known else entry.label, required="yes")
            return
        above = f"${{{self.fields[str(entry.parent)][self._key(str(entry.parent))]}}}"
        self._row("calculate", field, calculation=f"concat({above}, '-', position(..))")
        self._row("calculate", self.fields[table][str(entry.link)], calculation=above)

    def _groups(self, table: str) -> Iterator[tuple[QuestionFile | None, list[str]]]:
        """Yield the needed questions of a table by the file that defines them, in the order of files."""
        entry = self.catalogue.tables[table]
        left = [name for name in self.needs[table] if name not in (entry.key, entry.link)]
        left = [name for name in left if name not in self.request.constants]
        for group in self.catalogue.groups:
            mine = [name for name in group.questions if name in left and table in group.tables]
            if mine:
                left = [name for name in left if name not in mine]
                yield group, mine
        if left:  # asked by an indicator's own file
            yield None, left

    def _group(self, table: str, group: QuestionFile | None, names: Sequence[str]) -> None:
        titled = group is not None and group.title is not None
        questions = {name: self.catalogue.questions[table][name] for name in names}
        protected = any(entry.sensitivity == "protected" for entry in questions.values())
        private = group is not None and group.private
        title = group.title if group is not None and group.title else self.catalogue.tables[table].label
        if group is None or "draft" in (group.translations.fr, group.translations.es):
            self.drafts[title.en] = self.drafts.get(title.en, False) or protected or private
        if titled:
            self._row("begin_group", f"{table}_{_slug(title.en)}", title)
        if private:
            self._row("note", f"{table}_{_slug(title.en)}_private", WORDS["private"])
        for name, question in questions.items():
            self._question(table, name, question)
        if titled:
            self._row("end_group", f"{table}_{_slug(title.en)}")

    def _repeat(self, table: str) -> None:
        entry = self.catalogue.tables[table]
        parent = str(entry.parent)
        gate = f"${{{self.fields[parent][entry.gate]}}} = 'yes'" if entry.gate else ""
        self._row("begin_repeat", table, entry.label, relevant=gate)
        before = self.seconds
        self._table(table)
        self.seconds = before + (self.seconds - before) * entry.typical_rows
        self._row("end_repeat", table)

    def _question(self, table: str, name: str, question: Question) -> None:
        field = self.fields[table][name]
        above = self._asked_above(table, name)
        if above:  # the row's answer is the interviewed unit's: carried down, not asked again
            self._row("calculate", field, calculation=f"${{{above}}}")
            return
        place = Place(file=self.catalogue.files.get((f"question of {table}", name), table), question=name)
        relevant = ""
        if question.when is not None:
            relevant = xpath(question.when, self.catalogue.questions[table], self.fields[table], place=place)
        numeric = question.type in ("integer", "number")
        columns = {
            f"hint::{heading}": hint_of(question, self.request.currency, code)
            for code, heading in LANGUAGES.items()
        }
        if numeric and question.missing_codes:
            columns |= _range_columns(question)
        elif question.type == "multiple":
            columns["constraint"] = " and ".join(
                f"(not(selected(., '{code}')) or count-selected(.) = 1)"
                for code in (*question.exclusive, *question.missing_codes)
            )
        required = "yes" if question.expects_answer else ""
        self._row(
            self._type(table, name, question), field, question.label,
            **columns, required=required, relevant=relevant,
        )  # fmt: skip
        self.asked += 1
        self.seconds += SECONDS[question.type]

    def _asked_above(self, table: str, name: str) -> str | None:
        parent = self.catalogue.tables[table].parent
        while table != self.root and parent is not None:
            if name in self.needs.get(parent, []) and name not in ("sex", "age"):
                return self.fields[parent][name]
            table, parent = parent, self.catalogue.tables[parent].parent
        return None

    def _type(self, table: str, name: str, question: Question) -> str:
        if question.type in _TYPES:
            return _TYPES[question.type]
        kind = "select_multiple" if question.type == "multiple" else "select_one"
        choices = question.choices or {"yes": WORDS["yes"], "no": WORDS["no"]}
        rows = _choice_rows("", choices, question.missing_codes)
        for known, entries in self.lists.items():
            if [dict(row, list_name="") for row in entries] == list(rows):
                return f"{kind} {known}"
        fresh = "yes_no_missing" if question.type == "yes_no" else self.fields[table][name]
        self.lists[fresh] = tuple(dict(row, list_name=fresh) for row in rows)
        return f"{kind} {fresh}"


def _version(survey: Sequence[Row], choices: Sequence[Row]) -> str:
    """Return ten digits that change whenever a question or a choice does, and with nothing else."""
    content = json.dumps([survey, choices], sort_keys=True, ensure_ascii=False)
    return f"{int(hashlib.sha256(content.encode()).hexdigest()[:12], 16) % 10**10:010d}"


def _field_names(needs: Mapping[str, Sequence[str]], catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Return the field of each question: its id, with the table in front where the id stands twice."""
    taken = {"start", "end", *OPENING_FIELDS.values(), "gps", "interview", *needs}
    fields: dict[str, dict[str, str]] = {}
    for table, names in needs.items():
        entry = catalogue.tables[table]
        own = dict.fromkeys([entry.key, *([entry.link] if entry.link else []), *names])
        fields[table] = {}
        for name in own:
            field = form_field(table, name) if name in taken else name
            taken.add(field)
            fields[table][name] = field
    return fields


def _labels(label: Label) -> Row:
    return {f"label::{heading}": label.in_(code) for code, heading in LANGUAGES.items()}


def _choice_rows(list_name: str, choices: Mapping[str, Label], missing: Mapping[int, str]) -> tuple[Row, ...]:
    rows = [{"list_name": list_name, "name": code} | _labels(label) for code, label in choices.items()]
    # What does not apply is skipped by the filter, and so is no answer to offer.
    codes = {code: reason for code, reason in missing.items() if reason != "not applicable"}
    rows += [
        {"list_name": list_name, "name": str(code)} | _labels(missing_label(reason))
        for code, reason in codes.items()
    ]
    return tuple(rows)


def _range_columns(question: Question) -> Row:
    low, high = question.range or (None, None)
    bounds = ((">=", low), ("<=", high))
    limits = [f". {sign} {bound:.12g}" for sign, bound in bounds if bound is not None]
    if not limits:
        return {}
    codes = " ".join(str(code) for code in question.missing_codes) or MISSING
    columns = {"constraint": f"({' and '.join(limits)}) or selected('{codes}', .)"}
    message: dict[Language, str] = {code: range_message(low, high, code) for code in LANGUAGES}
    return columns | {f"constraint_message::{LANGUAGES[code]}": text for code, text in message.items()}


def _slug(text: str) -> str:
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower())
    return "_".join(words.split())[:40]
