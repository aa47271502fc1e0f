"""One filled-in interview of a form of ours, as each collection server exports it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

from mande.catalogue import Catalogue
from mande.publish.xlsform import Form

ONCE = ("note", "begin_group", "end_group", "begin_repeat", "end_repeat")
Cells = dict[str, str]


@dataclass(frozen=True)
class Field:
    """A column of an export: its field, the groups around it within its table, its choices if several."""

    name: str
    table: str
    groups: tuple[str, ...]
    path: tuple[str, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Interview:
    """A form, its fields, and one filled row of each table, every repeat with one entry."""

    form: Form
    catalogue: Catalogue
    fields: tuple[Field, ...]
    answers: Mapping[str, Cells]

    def of(self, table: str) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.table == table)

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys(field.table for field in self.fields))

    def depth(self, table: str) -> int:
        return 0 if table == self.form.table else 1 + self.depth(str(self.catalogue.tables[table].parent))


def interview(form: Form, catalogue: Catalogue, wave: str) -> Interview:
    fields = tuple(_fields(form))
    answers: dict[str, Cells] = {}
    for table in dict.fromkeys(field.table for field in fields):
        schema = catalogue.tables[table]
        own = {field.name: "" for field in fields if field.table == table}
        if table == form.table:
            own |= {
                "wave": wave,
                "consent": "yes",
                "enumerator_id": "E1",
                form.columns[table][schema.key]: "U1",
            }
        else:
            above = answers[str(schema.parent)][
                form.columns[str(schema.parent)][catalogue.tables[str(schema.parent)].key]
            ]
            own |= {
                form.columns[table][schema.key]: f"{above}-1",
                form.columns[table][str(schema.link)]: above,
            }
        answers[table] = own
    return Interview(form, catalogue, fields, answers)


def _fields(form: Form) -> Iterator[Field]:
    groups: list[tuple[str, str]] = []
    choices: dict[str, list[str]] = {}
    for row in form.choices:
        choices.setdefault(row["list_name"], []).append(row["name"])
    for row in form.survey:
        kind = row["type"]
        if kind.startswith("begin"):
            groups.append((kind, row["name"]))
        elif kind.startswith("end_"):
            groups.pop()
        elif kind != "note":
            repeats = [place for place, (of, _) in enumerate(groups) if of == "begin_repeat"]
            table = groups[repeats[-1]][1] if repeats else form.table
            within = groups[repeats[-1] + 1 :] if repeats else groups
            several = tuple(choices[kind.split()[1]]) if kind.startswith("select_multiple") else ()
            yield Field(
                row["name"],
                table,
                tuple(name for _, name in within),
                tuple(name for _, name in groups),
                several,
            )


def _columns(found: Interview, table: str, title: Callable[[Field], str], joint: str | None) -> Cells:
    """Return titles and cells of a table; with a joint, choices have columns of their own as well."""
    cells: Cells = {}
    for field in found.of(table):
        cells[title(field)] = found.answers[table][field.name]
        for choice in field.choices if joint is not None else ():
            cells[f"{title(field)}{joint}{choice}"] = ""
    return cells


def plain(found: Interview, folder: Path) -> list[Path]:
    return [
        _csv(folder / f"{table}.csv", _columns(found, table, lambda field: field.name, None))
        for table in found.tables
    ]


def kobo(found: Interview, folder: Path) -> list[Path]:
    sheets = {}
    for table in found.tables:
        cells = _columns(found, table, lambda field: "/".join((*field.path, field.name)), "/")
        cells |= {"_index": "1"}
        if table == found.form.table:
            cells |= {"_id": "7", "_uuid": "u-1", "_submission_time": "2026-03-02T10:00:00"}
        else:
            cells |= {"_parent_index": "1", "_parent_table_name": "x", "_submission__uuid": "u-1"}
        sheets["Coffee groups" if table == found.form.table else table] = cells
    return [_xlsx(folder / "kobo.xlsx", sheets)]


def central(found: Interview, folder: Path) -> list[Path]:
    path = folder / "central.zip"
    keys: dict[str, str] = {}
    with zipfile.ZipFile(path, "w") as archive:
        for table in found.tables:
            cells = _columns(found, table, lambda field: "-".join((*field.groups, field.name)), "/")
            parent = str(found.catalogue.tables[table].parent)
            keys[table] = "uuid:1" if table == found.form.table else f"{keys[parent]}/{table}[1]"
            cells |= {"KEY": keys[table]}
            if table == found.form.table:
                cells |= {"SubmissionDate": "2026-03-02", "SubmitterID": "1", "ReviewState": ""}
                cells |= {"AttachmentsPresent": "0", "FormVersion": "1"}
                name = "form.csv"
            else:
                cells |= {"PARENT_KEY": keys[parent]}
                name = f"form-{table}.csv"
            archive.writestr(name, _text(cells))
    return [path]


def cto_wide(found: Interview, folder: Path) -> list[Path]:
    cells: Cells = {"SubmissionDate": "Mar 2, 2026 10:00:00 AM"}
    for table in found.tables:
        numbers = "_1" * found.depth(table)
        if numbers:
            cells[f"{table}_count{numbers[2:]}"] = "1"
        for field in found.of(table):
            cells[f"{field.name}{numbers}"] = found.answers[table][field.name]
            for choice in field.choices:
                cells[f"{field.name}_{choice.replace('-', '_')}{numbers}"] = ""
    cells |= {"instanceID": "uuid:1", "formdef_version": "1", "KEY": "uuid:1"}
    return [_csv(folder / "wide.csv", cells)]


def cto_long(found: Interview, folder: Path) -> list[Path]:
    paths, keys = [], {}
    for table in found.tables:
        cells = _columns(found, table, lambda field: field.name, "_")
        parent = str(found.catalogue.tables[table].parent)
        keys[table] = "uuid:1" if table == found.form.table else f"{keys[parent]}/{table}[1]"
        cells |= {"KEY": keys[table]}
        cells |= {
            f"SET-OF-{child}": "x" for child in found.catalogue.children(table) if child in found.tables
        }
        if table == found.form.table:
            cells |= {"SubmissionDate": "Mar 2, 2026", "instanceID": "uuid:1", "formdef_version": "1"}
        else:
            cells |= {"PARENT_KEY": keys[parent]}
        paths.append(_csv(folder / f"long-{table}.csv", cells))
    return paths


def commcare(found: Interview, folder: Path) -> list[Path]:
    sheets = {}
    for table in found.tables:
        depth = found.depth(table)
        cells: Cells = {"number": ".".join(["0"] * (depth + 1))}
        cells |= {f"number__{place}": "0" for place in range(depth + 1 if depth else 0)} | {"formid": "f-1"}
        for title, cell in _columns(
            found, table, lambda field: ".".join(("form", *field.path, field.name)), None
        ).items():
            cells[title] = cell or "---"
        if not depth:
            cells |= {"received_on": "2026-03-02 10:00:00", "username": "ana", "form_link": "x"}
        sheets["Forms" if not depth else f"Repeat- {table}"] = cells
    return [_xlsx(folder / "commcare.xlsx", sheets)]


LAYOUTS = (plain, kobo, central, cto_wide, cto_long, commcare)


def _text(cells: Cells) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([list(cells), list(cells.values())])
    return buffer.getvalue()


def _csv(path: Path, cells: Cells) -> Path:
    path.write_text(_text(cells), encoding="utf-8")
    return path


def _xlsx(path: Path, sheets: Mapping[str, Cells]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, list(cells))
            sheet.write_row(1, 0, list(cells.values()))
    return path
