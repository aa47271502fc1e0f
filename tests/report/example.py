"""A small evaluation made by hand, so that reports are tested without estimating anything."""

from __future__ import annotations

from mande.results import (
    ArmSummary,
    Dropped,
    Estimate,
    Evaluation,
    Finding,
    OutcomeResult,
    ProgrammeSummary,
    Reference,
    Sample,
    Table,
    Term,
    Trail,
    WaveSummary,
)


def estimate(
    outcome: str = "scrap_rate",
    *,
    effect: float = -0.317,
    error: float = 0.16,
    scale: str = "log",
    method: str = "did",
) -> Estimate:
    return Estimate(
        outcome=outcome,
        term="treated",
        method=method,
        inference="CR1",
        estimate=effect,
        std_error=error,
        reference=Reference("t", 53.0),
        n=54,
        n_units=54,
        n_clusters=54,
        cluster="firm_id",
        terms=(Term("treated", effect, error),),
        sample=Sample(157, 54, (Dropped("scrapped_items not answered", 103),)),
        assumption="Without the grant, both groups would have changed alike.",
        unit="per 100 items" if scale != "level" else "hours",
        scale=scale,  # type: ignore[arg-type]
        label={"scrap_rate": "Scrap rate", "hours": "Training hours"}.get(outcome, outcome),
    )


def means(label: str = "mean", n: int = 19) -> Table:
    rows = tuple(
        (arm, name, wave, wave, n if arm == "grant" else 35, 4.35 - i, 1.0, 2.0)
        for arm, name in (("grant", "Grant"), ("none", "No grant"))
        for i, wave in enumerate(("1987", "1988"))
    )
    return Table(
        label, ("arm", "arm_label", "wave", "wave_label", "n", "mean", "sd", "median"), rows, cell_size="n"
    )


def changes() -> Table:
    columns = ("arm", "arm_label", "wave", "wave_label", "n", "change", "std_error", "df")
    rows = (
        ("grant", "Grant", "1988", "1988", 19, -0.4, 0.12, 18.0),
        ("none", "No grant", "1988", "1988", 35, -0.1, 0.08, 34.0),
    )
    return Table("changes", columns, rows, cell_size="n")


def outcome(name: str = "scrap_rate", **changed: object) -> OutcomeResult:
    values: dict[str, object] = {
        "indicator": name,
        "version": 1,
        "label": {"scrap_rate": "Scrap rate", "hours": "Training hours", "union": "Plants with a union"}[
            name
        ],
        "description": "",
        "domain": "upgrading" if name == "scrap_rate" else "working_conditions",
        "upgrading": "process" if name == "scrap_rate" else None,
        "unit": "per 100 items" if name == "scrap_rate" else "hours",
        "direction": "lower_is_better" if name == "scrap_rate" else "higher_is_better",
        "role": "primary" if name == "scrap_rate" else "secondary",
        "scale": "log" if name == "scrap_rate" else "level",
        "source": "a source <with> & signs",
        "pitfalls": "a pitfall",
        "formula": "scrapped_items",
        "primary": estimate(),
        "reason": "",
        "others": (estimate(method="twfe", effect=-0.28),),
        "means": means(),
        "changes": changes(),
    }
    return OutcomeResult(**(values | changed))  # type: ignore[arg-type]


def evaluation() -> Evaluation:
    return Evaluation(
        programme=ProgrammeSummary(
            id="example",
            title="Training grants",
            question="Did a grant help firms to waste less?",
            summary="Grants were paid to firms that came first.",
            place="Michigan, United States",
            chain="Manufacturing",
            currency="USD",
            source="A source",
            unit_name=("firm", "firms"),
            assignment="comparison_group",
            design="Firms with a grant are compared with firms without.",
            threats=("Firms chose to apply.",),
            treated=("grant",),
            comparison=("none",),
            baseline="1987",
            follow_up="1988",
            arms=(
                ArmSummary("grant", "Grant", "treatment", "1988", 36),
                ArmSummary("none", "No grant", "comparison", None, 121),
            ),
            waves=(
                WaveSummary("1987", "1987", "baseline", 1, 157, "ab" * 32),
                WaveSummary("1988", "1988", "follow_up", 1, 157, "cd" * 32),
            ),
        ),
        outcomes=(
            outcome(),
            outcome("hours", primary=estimate("hours", effect=28.6, error=4.1, scale="level"), others=()),
            outcome(
                "union", primary=None, reason="no firm changed between the waves", others=(), means=means(n=4)
            ),
        ),
        panel=Table(
            "Firms by arm and wave", ("arm", "wave", "registered", "answered"), (("Grant", "1987", 36, 36),)
        ),
        nonresponse=Table(
            "Answers missing",
            ("question", "wave", "arm", "missing", "share_missing"),
            (("Scrap", "1987", "Grant", 103, 0.66),),
        ),
        findings=(
            Finding(
                "pre_trends",
                "Trends before the programme",
                "limit",
                "One wave before: trends cannot be tested.",
                advice="Ask for older records.",
            ),
            Finding(
                "balance", "Balance at the baseline", "caution", "Two of six characteristics differ.", means()
            ),
        ),
        trail=Trail(
            "abc123",
            "0.1.0",
            {"indicator scrap_rate v1": "ef" * 32},
            {"1987": "ab" * 32},
            Table("Rows", ("step", "rows"), (("accepted", 471),)),
        ),
    )
