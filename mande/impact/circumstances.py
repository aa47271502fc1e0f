"""What else of a design bears on its effect: take-up, spillover, crossed arms, strata and weights, waves."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from mande import wording
from mande.errors import Code, Text
from mande.impact import problems as codes
from mande.impact.choice import DRAWN
from mande.impact.coded import coded
from mande.impact.waves import wave_label
from mande.results import Finding, Status
from mande.schema.programme import Programme

COVARIATE = Code(
    "M-COVARIATE",
    Text(
        "covariates were told after the programme began and are left out",
        "des covariables ont été données après le début du programme et sont omises",
        "unas covariables se dieron después del inicio del programa y se omiten",
    ),
    Text(
        "columns of the register, or answers from a baseline of the same units",
        "des colonnes du registre, ou des réponses d'une vague de référence des mêmes unités",
        "columnas del registro, o respuestas de una línea de base de las mismas unidades",
    ),
    Text(
        "Put what cannot change (age, sex, place) into the register, or take the covariates out.",
        "Mettez dans le registre ce qui ne peut changer (âge, sexe, lieu), ou retirez ces covariables.",
        "Ponga en el registro lo que no puede cambiar (edad, sexo, lugar), o quite las covariables.",
    ),
)


def circumstances(
    programme: Programme, frame: pd.DataFrame, *, wave: str, arm: str, lasting: Collection[str] = ()
) -> list[Finding]:
    """Return what the design says beside its contrast, most important first.

    Parameters
    ----------
    programme
        The programme as its file defines it.
    frame
        One row per unit and wave. Columns that the design names and the table does not have are told.
    wave, arm
        Columns of the wave and of the arm.
    lasting
        Columns that cannot change with the programme, such as those of the register.
    """
    found = [
        _absent_columns(programme, frame),
        _late_covariates(programme, frame, lasting),
        _cross_sections(programme),
        _spillover(programme),
        _crossed(programme),
        _take_up(programme, frame, wave, arm),
        _strata(programme, frame),
    ]
    return [finding for finding in found if finding is not None]


def _absent_columns(programme: Programme, frame: pd.DataFrame) -> Finding | None:
    design = programme.design
    named = {"take_up": design.take_up, "weights": design.weights, "strata": design.strata}
    named |= {f"covariates.{name}": name for name in design.covariates}
    absent = [f"{key}: {column}" for key, column in named.items() if column and column not in frame.columns]
    if not absent:
        return None
    return Finding(
        id="design.columns",
        title="Is everything there that the design names?",
        status="limit",
        sentence=f"The data lack columns that the design names, which go unused: {', '.join(absent)}.",
        advice="Correct the names in programme.yaml, or add the columns to the register.",
    )


def _late_covariates(programme: Programme, frame: pd.DataFrame, lasting: Collection[str]) -> Finding | None:
    """Refuse covariates that the programme may have changed."""
    if programme.design.contrast.has_baseline and not programme.is_repeated:
        return None
    late = [name for name in programme.design.covariates if name in frame.columns and name not in lasting]
    if not late:
        return None
    problem = codes.problem(COVARIATE, argument="design.covariates", found=", ".join(late))
    return coded(problem, id="design.covariates", title="What are the groups compared at like values of?",
                 status="limit")  # fmt: skip


def _cross_sections(programme: Programme) -> Finding | None:
    if not programme.is_repeated:
        return None
    return Finding(
        id="design.cross_sections",
        title="Are the same units followed?",
        status="caution",
        sentence=f"Other {programme.unit_name[1]} are asked in each wave. The effect also rests on groups "
        "that are made up alike before and after.",
        advice="Compare what does not change (age, sex, place) between the waves of each group.",
    )  # fmt: skip


def _spillover(programme: Programme) -> Finding | None:
    groups = [arm for arm in programme.arms.values() if arm.role == "spillover"]
    if not groups:
        return None
    names = " or ".join(f"'{wording.lower_first(str(arm.label))}'" for arm in groups)
    return Finding(
        id="design.spillover",
        title="Could the programme reach others?",
        status="caution",
        sentence=f"The programme may reach the group {names}, which is kept out of the comparison. If it "
        "reaches the comparison group too, the effect shown is too small or too large by as much.",
        advice="Read the effect on that group, which is shown beside the main one where it can be estimated.",
    )  # fmt: skip


def compared_component(programme: Programme) -> str | None:
    """Return the component in which alone the two sides of the contrast differ, or None.

    All treated arms have it and no comparison arm has; what else arms combine is the same on both sides, so
    that comparison arms which get something else are no contamination.
    """
    arms, contrast = programme.arms, programme.design.contrast
    if not any(arm.components for arm in arms.values()) or not contrast.comparison:
        return None
    treated = [frozenset(arms[name].components) for name in contrast.treated]
    others = [frozenset(arms[name].components) for name in contrast.comparison]
    added = frozenset.intersection(*treated) - frozenset.union(*others)
    is_same = {components - added for components in treated} == set(others)
    return next(iter(added)) if len(added) == 1 and is_same else None


def _crossed(programme: Programme) -> Finding | None:
    """Say what a contrast of arms that combine components is an effect of."""
    arms, contrast = programme.arms, programme.design.contrast
    if not any(arm.components for arm in arms.values()) or not contrast.comparison:
        return None
    one = compared_component(programme)
    if one is not None:
        beside = sorted({part for name in contrast.comparison for part in arms[name].components})
        said = f"The contrast is of '{one}' alone"
        said += f", averaged over who also gets {', '.join(beside)} as it was shared out." if beside else "."
        return _components("information", said, "")
    return _components(
        "caution",
        "The two sides of the contrast differ in more than one component, so that the effect is that of all "
        "of them together.",
        "For one component alone, put arms on both sides that differ in nothing else.",
    )


def _components(status: Status, sentence: str, advice: str) -> Finding:
    return Finding(
        id="design.components",
        title="Which part of the programme is compared?",
        status=status,
        sentence=sentence,
        advice=advice,
    )


def _take_up(programme: Programme, frame: pd.DataFrame, wave: str, arm: str) -> Finding | None:
    """Say how many took part in either group at the follow-up; the effect is that of being assigned."""
    design, contrast = programme.design, programme.design.contrast
    if design.take_up is None or design.take_up not in frame.columns:
        return None
    waves = frame[wave].map(wave_label, na_action="ignore").to_numpy()
    part = pd.to_numeric(frame[design.take_up], errors="coerce").to_numpy(dtype=float)
    shares = []
    for name, arms in (("treated", contrast.treated), ("comparison", contrast.comparison)):
        rows = frame[arm].isin(list(arms)).to_numpy() & (waves == contrast.follow_up) & ~np.isnan(part)
        share = f"{100 * float(part[rows].mean()):.0f} %" if rows.any() else "an unknown share"
        shares.append(f"{share} of the {name} group ({int(rows.sum())} known)")
    return Finding(
        id="design.take_up",
        title="Did those who were offered the programme take part?",
        status="information",
        sentence=f"By {contrast.follow_up}, {' and '.join(shares)} took part. The effect is that of "
        "belonging to the treated group, whoever took part.",
        advice="Where a draw decided who was offered the programme, the effect on those who took part is "
        "shown beside; comparing who took part with who did not shows no effect.",
    )  # fmt: skip


def _strata(programme: Programme, frame: pd.DataFrame) -> Finding | None:
    design = programme.design
    used = [column for column in (design.strata, design.weights) if column and column in frame.columns]
    if not used:
        return None
    parts = []
    if design.strata in used:
        drawn = "units were drawn by lot" if design.assignment in DRAWN else "the sample was drawn"
        parts.append(f"{drawn} within {design.strata}")
    if design.weights in used:
        parts.append(f"rows are weighted by {design.weights}")
    sentence = wording.upper_first("; ".join(parts)) + "."
    return Finding(
        id="design.sample", title="How was the sample drawn?", status="information", sentence=sentence
    )
