"""What a parameter may say, and that everything wrong with it is said at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mande.catalogue import load_catalogue, parse
from mande.errors import MandeError
from mande.schema import Parameter

LIBRARY = load_catalogue([Path(__file__).parents[2] / "indicators"])


def body(*values: dict[str, Any], **entries: Any) -> dict[str, Any]:
    content = {"format": 1, "id": "line", "version": 1, "label": {"en": "Line"}, "unit": "LCU"}
    return content | {"values": [{"source": "s", "value": 1.0} | value for value in values]} | entries


def problems_of(content: dict[str, Any]) -> str:
    with pytest.raises(MandeError) as caught:
        parse(Parameter, content, file="line.yaml")
    assert all(problem.code.id == "D-SCHEMA" for problem in caught.value.problems)
    return "\n".join(problem.expected() for problem in caught.value.problems)


def test_everything_wrong_with_the_ranges_is_said_at_once():
    found = problems_of(
        body(
            {"start": "2024-01-01", "until": "2023-01-01", "key": {"region": "a"}},
            {"start": "2024-05-01", "until": "2024-12-31", "key": {"region": "b"}},
            {"start": "2024-12-31", "until": "2025-12-31", "key": {"region": "b"}},
            {"start": "2024-05-01", "key": {"region": "c"}},
            {"start": "2023-05-01", "key": {"region": "c"}},
            {"start": "2023-05-01", "until": "2023-06-01", "key": {"region": "c"}},
            {"start": "2023-05-01", "until": "2023-06-01", "key": {"product": "x"}},
            by=["region"],
            uplift={"index": "line", "by": ["product"], "up_to_months": 12},
        )
    )
    for expected in (
        "the value of 2024-01-01 for region a ends before it starts, on 2023-01-01",
        "the value of 2024-05-01 for region b ends on 2024-12-31; the next starts on 2024-12-31",
        "in the order of their start for region c: 2024-05-01 before 2023-05-01",
        "two values start on 2023-05-01 for region c",
        "values[6] must carry the keys ['region']; found ['product']",
        "`uplift.index` must be another parameter",
        "`uplift.by` must be among the keys ['region']; found ['product']",
    ):
        assert expected in found


def test_the_last_value_of_each_key_needs_an_end():
    values = [{"start": "2024-01-01", "key": {"region": name}} for name in ("a", "b")]
    found = problems_of(body(*values, by=["region"]))
    assert "the last value for region a (2024-01-01) needs `until`, or the parameter `lasts`" in found
    assert "the last value for region b (2024-01-01) needs `until`, or the parameter `lasts`" in found
    assert parse(Parameter, body(*values, by=["region"], lasts={"months": 1}), file="x").values


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"lasts": {"months": 1, "days": 1}}, "either `months` or `days`"),
        ({"lasts": {}}, "either `months` or `days`"),
        ({"lasts": {"months": 0}}, "greater than or equal to 1"),
        ({"lasts": "forever"}, "open"),
        ({"lasts": "open", "uplift": {"index": "cpi", "up_to_months": 1}}, "never ends"),
        ({"by": ["region", "region"]}, "names a key twice"),
        ({"unit": ""}, "at least 1 character"),
    ],
)
def test_entries_that_contradict_each_other_are_refused(entries, expected):
    assert expected in problems_of(body(**entries))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_value_is_a_finite_number(number):
    value = {"start": "2024-01-01", "until": "2024-01-31", "value": number}
    assert "finite number" in problems_of(body(value))


def test_an_index_that_does_not_exist_or_goes_by_other_keys_is_refused(tmp_path):
    folder = tmp_path / "_parameters"
    folder.mkdir()
    start = "format: 1\nversion: 1\nlabel: {en: L}\nunit: LCU\n"
    (folder / "cpi.yaml").write_text(f"{start}id: cpi\nby: [region]\n", encoding="utf-8")
    lost = "id: lost\nby: [region]\nuplift: {index: cqi, by: [region], up_to_months: 12}\n"
    other = "id: other\nby: [region]\nuplift: {index: cpi, up_to_months: 12}\n"
    (folder / "lost.yaml").write_text(start + lost, encoding="utf-8")
    (folder / "other.yaml").write_text(start + other, encoding="utf-8")
    with pytest.raises(MandeError) as caught:
        load_catalogue([tmp_path])
    found = {(p.code.id, p.place.question): p.expected() for p in caught.value.problems}
    assert set(found) == {("D-NAME", "uplift.index"), ("D-NAME", "uplift.by")}
    assert "did you mean cpi?" in found["D-NAME", "uplift.index"]
    assert found["D-NAME", "uplift.by"] == "by: ['region'], like cpi"


# -- the library's own ----------------------------------------------------------------------------


@pytest.mark.parametrize("entry", LIBRARY.parameters.values(), ids=lambda entry: entry.id)
def test_a_parameter_of_the_library_is_sourced_or_marked_as_illustration(entry: Parameter):
    assert entry.label.fr
    assert entry.label.es
    invented = [value for value in entry.values if value.source.startswith("illustration")]
    assert entry.illustrative or not invented
    for value in invented:
        # Keys that no real survey has, so that an invented number cannot meet real data.
        assert any(text.startswith(("xxa", "XXA")) or text == "XTS" for text in value.key.values())


def test_the_illustrated_functions_of_a_product_share_its_whole_value():
    shares = [value.value for value in LIBRARY.parameters["function_share"].values]
    assert sum(shares) == pytest.approx(1)
