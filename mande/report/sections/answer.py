"""The answer first: what was found on the main outcome, how sure that is, and the numbers to hold on to."""

from __future__ import annotations

from mande.disclosure import Release
from mande.report.blocks import Answer, Block, Blocks, Bullets, Callout, Fact, Facts, Heading
from mande.results import Estimate, Evaluation, OutcomeResult
from mande.wording import count, lower_first, number


def render(release: Release) -> Blocks:
    """Return question, answer, certainty, the other outcomes in a line each, and what cannot be said."""
    evaluation = release.evaluation
    programme = evaluation.programme
    blocks: list[Block] = [Answer(programme.question, headline(evaluation), _certainty(evaluation))]
    blocks.append(Facts(_facts(evaluation)))
    blocks.append(Bullets(tuple(_overview(evaluation))))
    limits = [finding for finding in evaluation.findings if finding.status == "limit"]
    if limits:
        blocks.append(Heading("What this evaluation cannot say"))
        blocks += [Callout(f.status, f.title, f.sentence, f.advice) for f in limits]
    return Blocks(tuple(blocks))


def headline(evaluation: Evaluation) -> str:
    """Return the one-sentence answer on the main outcome."""
    main = evaluation.main
    name = lower_first(main.label)
    if main.primary is None:
        return f"The data cannot say whether the programme changed the {name}: {main.reason.rstrip('.')}."
    best = main.primary.amount(main.primary.estimate)
    span = f"{100 * evaluation.level:g} % confidence interval {main.primary.span(evaluation.level)}"
    if main.primary.caution:
        return (
            f"The data cannot say how sure the effect on the {name} is: the best estimate is {best}. "
            f"{main.primary.caution}"
        )
    if main.primary.interval(evaluation.level).excludes(0):
        return f"The programme changed the {name} by {best} ({span}), if the assumption below holds."
    return f"No clear sign that the programme changed the {name}: the best estimate is {best} ({span})."


def _certainty(evaluation: Evaluation) -> str:
    main = evaluation.main
    programme = evaluation.programme
    how = {
        "randomised": "Participants were drawn by lot.",
        "randomised_clusters": "Groups of participants were drawn by lot.",
        "comparison_group": (
            "Participants were not drawn by lot, so the others could differ from them in ways that matter."
        ),
        "before_after": "There is no comparison group.",
    }[programme.assignment]
    if main.primary is None:
        return f"**How sure?** {how}"
    units = main.primary.n_units or main.primary.n
    compared = {*programme.treated, *programme.comparison}
    registered = sum(arm.n for arm in programme.arms if arm.id in compared)
    many = programme.unit_name[1]
    rest = f"The answer rests on {units} of {registered} {many}"
    if units < registered:
        rest += ": the others "
        when = (
            "in both waves compared" if programme.baseline != programme.follow_up else "in the wave compared"
        )
        rest += f"did not report the {lower_first(main.label)} {when}, or were not interviewed"
    return f"**How sure?** {how} {rest}."


def _facts(evaluation: Evaluation) -> tuple[Fact, ...]:
    programme = evaluation.programme
    one, many = programme.unit_name
    treated = sum(arm.n for arm in programme.arms if arm.id in programme.treated)
    comparison = sum(arm.n for arm in programme.arms if arm.id in programme.comparison)
    facts = [
        Fact(
            number(treated),
            f"{one if treated == 1 else many} with the programme ({programme.arm_labels(programme.treated)})",
        ),
        Fact(number(comparison), f"{one if comparison == 1 else many} compared with"),
        Fact(str(len(programme.waves)), "survey waves, " + ", ".join(wave.id for wave in programme.waves)),
    ]
    main = evaluation.main.primary
    if main is not None:
        facts.append(Fact(number(main.n_units or main.n), f"{many} behind the main answer"))
    return tuple(facts)


def _overview(evaluation: Evaluation) -> list[str]:
    clear, unclear, cautioned = [], [], []
    absent: dict[str, list[str]] = {}
    for result in evaluation.outcomes:
        if result.primary is None:
            absent.setdefault(lower_first(result.reason).rstrip("."), []).append(lower_first(result.label))
        elif result.primary.caution:
            best = result.primary.amount(result.primary.estimate)
            cautioned.append(f"{lower_first(result.label)} {best}")
        elif result.primary.interval(evaluation.level).excludes(0):
            clear.append(_with_interval(result, result.primary, evaluation.level))
        else:
            unclear.append(_with_interval(result, result.primary, evaluation.level))
    lines = []
    if clear:
        lines.append(f"**Clear effect:** {'; '.join(clear)}.")
    if unclear:
        lines.append(f"**No clear sign of an effect:** {'; '.join(unclear)}.")
    if cautioned:
        lines.append(f"**How sure cannot be said:** {'; '.join(cautioned)}.")
    for reason, labels in absent.items():
        lines.append(f"**No effect could be estimated:** {', '.join(labels)}, because {reason}.")
    tested = len(clear) + len(unclear)
    if tested < 2:
        return lines
    lines.append(
        f"{tested} of {count(len(evaluation.outcomes), 'outcome')} could be tested. "
        "The more outcomes, the likelier that one looks clear by chance; "
        f"the programme is judged first by the {lower_first(evaluation.main.label)}."
    )
    return lines


def _with_interval(result: OutcomeResult, estimate: Estimate, level: float) -> str:
    return f"{lower_first(result.label)} {estimate.amount(estimate.estimate)} ({estimate.span(level)})"
