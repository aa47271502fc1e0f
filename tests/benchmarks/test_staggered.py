"""The benchmark of staggered starts runs, with or without the packages it compares with."""

from __future__ import annotations

import importlib.util

import pytest

from benchmarks import staggered
from mande.impact import estimate


def test_methods_find_the_true_effect_in_the_generated_panel():
    frame = staggered.panel(20_000)
    for method, covariates in (("callaway_santanna", ["x"]), ("imputation", [])):
        result = estimate(
            frame, method=method, outcome="y", unit="id", time="wave", first_treated="first",
            covariates=covariates,
        )  # fmt: skip
        # Trends differ with x, which only the first method is told.
        assert result.estimate == pytest.approx(1.0, abs=0.1 if covariates else 0.3)


def test_the_report_has_a_row_for_every_contest_and_names_what_is_not_installed(monkeypatch):
    small = staggered.panel(2_000)
    monkeypatch.setattr(staggered, "panel", lambda: small)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    text = staggered.run()
    assert text.count("callaway_santanna") == 2
    assert "diff_diff is not installed" in text
    assert "differences is not installed" in text
