"""Codes and checks: found by themselves, told in three languages."""

from __future__ import annotations

import re

from mande.survey.check import check_modules, find_checks
from mande.survey.codes import all_codes


def test_every_code_of_the_survey_is_listed_once_with_its_own_id():
    codes = all_codes()
    assert {"V-RANGE", "F-BOMB", "I-DUP", "A-TAMPERED", "H-MISSING", "R-ARM", "I-UNLINKED", "D-YAML"} <= set(
        codes
    )
    assert all(re.fullmatch(r"[A-Z]-[A-Z0-9-]+", name) for name in codes)


def test_every_survey_code_is_told_in_french_and_spanish_with_the_same_blanks():
    import mande.survey as package

    names = {name: code for name, code in all_codes().items() if name[:2] not in ("D-", "W-")}
    for name, code in names.items():
        for text in (code.summary, code.expected, code.fix, code.found):
            blanks = {
                language: sorted(re.findall(r"\{(\w+)\}", text.in_(language)))
                for language in ("en", "fr", "es")
            }
            assert blanks["en"] == blanks["fr"] == blanks["es"], f"{name}: {text.en}"
            if re.sub(r"\{\w+\}", "", text.en).strip(" .,:()") and name[0] not in "M":
                assert all((text.fr, text.es)), f"{name}: {text.en}"
    assert package.__doc__


def test_a_file_with_a_check_is_a_check():
    assert {m.__name__.rpartition(".")[2] for m in check_modules()} >= {
        "injection",
        "unique",
        "required",
        "personal_data",
    }
    both = [hasattr(module, "check") or hasattr(module, "check_wave") for module in check_modules()]
    assert all(both)
    assert len(find_checks()) >= sum(hasattr(module, "check") for module in check_modules())
