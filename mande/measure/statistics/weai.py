"""Women's empowerment in agriculture: empowerment of women, and parity with men at home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mande.errors import Text
from mande.measure.linear import Chosen, Linear, dummy, influences, mean_of, numbers
from mande.measure.sample import Answer, Floats, Sample

FORMULA = (
    "disempowered if c > cutoff; DE = 1 - H A among women; without parity if the woman is disempowered and "
    "max(c_W, cutoff) > max(c_M, cutoff), gap (c_W - c_M)/(1 - c_M) of these floored scores; "
    "GPI = 1 - H_GPI I_GPI; index = .9 DE + .1 GPI"
)
SOURCE = (
    "Alkire et al. 2013, World Development 52, 71-91; A-WEAI: Malapit et al. 2015; "
    "pro-WEAI: Malapit et al. 2019, World Development 122, 675-692; parity as in the Stata command weai"
)
ROLES = {"inadequacy": "number", "sex": "text", "household": "text"}
OPTIONS: dict[str, Any] = {"cutoff": 0.2, "women": "F", "men": "M", "parity_weight": 0.1}
LABEL = Text(
    "Women's empowerment in agriculture index",
    "Indice d'autonomisation des femmes dans l'agriculture",
    "Índice de empoderamiento de la mujer en la agricultura",
)
UNIT = "index"
DIRECTION = "higher_is_better"
IS_SEVERAL = True

_SLACK = 1e-4
"""Scores are sums of fifteenths, so .8 is not .8; four decimals as in IFPRI's code."""
_NO_DUAL = "no household with both a woman and a man interviewed"


def refuse(options: Mapping[str, Any]) -> str:
    """Return what `cutoff` and `parity_weight` must be."""
    if not 0 <= options["cutoff"] < 1:
        return "cutoff: the highest inadequacy of an empowered person, 0 or above and below 1"
    return "" if 0 <= options["parity_weight"] <= 1 else "parity_weight: 0 to 1"


def compute(sample: Sample) -> dict[str, Answer] | str:
    """Return the index with its parts, from the weighted inadequacy of women and men.

    Parameters
    ----------
    sample
        `inadequacy`: weighted share of indicators in which the person is inadequate, 0 to 1, of persons
        with all indicators. `sex`: the texts of options `women` and `men`. `household`: its id. Option
        `cutoff`: 1 - k, the highest inadequacy of an empowered person (.2 for A-WEAI and pro-WEAI of ten
        indicators, .25 for pro-WEAI of twelve or of eight).

    Returns
    -------
    Of women `h`, `a`, `m0`, `de` (5DE in WEAI and A-WEAI, 3DE in pro-WEAI); the same of men as `h_men`,
    `a_men`, `m0_men`, `de_men`; over households with a woman and a man, weighted as the woman,
    `h_gpi`, `i_gpi`, `gpi`; `index`.

    Examples
    --------
    >>> found = compute(
    ...     Sample(
    ...         {
    ...             "inadequacy": np.array([0.4, 0.1]),
    ...             "sex": np.array(["F", "M"], dtype=object),
    ...             "household": np.array(["a", "a"], dtype=object),
    ...         },
    ...         np.ones(2),
    ...         OPTIONS,
    ...     )
    ... )
    >>> found["de"], found["gpi"], round(found["index"], 3)
    (0.6, 0.75, 0.615)
    """
    found = _measures(sample)
    return found if isinstance(found, str) else numbers(found)


def influence(sample: Sample) -> dict[str, Floats]:
    """Return the linearised variable of each number; that of the GPI stands in the women's rows."""
    found = _measures(sample)
    return {} if isinstance(found, str) else influences(found)


def _measures(sample: Sample) -> dict[str, Linear | str] | str:
    score, sex = sample["inadequacy"], sample["sex"]
    if ((score < -_SLACK) | (score > 1 + _SLACK)).any():
        return "inadequacy is a share, 0 to 1"
    women, men = sex == str(sample.options["women"]), sex == str(sample.options["men"])
    found = _empowerment(sample, women, "women")
    found |= {f"{name}_men": one for name, one in _empowerment(sample, men, "men").items()}
    parity = _parity(sample, women, men)
    found |= parity
    de, gpi, part = found["de"], parity["gpi"], float(sample.options["parity_weight"])
    if isinstance(de, str) or isinstance(gpi, str):
        found["index"] = de if isinstance(de, str) else gpi
    else:
        found["index"] = de * (1 - part) + gpi * part
    return found


def _empowerment(sample: Sample, chosen: Chosen, who: str) -> dict[str, Linear | str]:
    if not chosen.any():
        return dict.fromkeys(("h", "a", "m0", "de"), f"no {who}")
    score = sample["inadequacy"]
    lacks = score > float(sample.options["cutoff"]) + _SLACK
    h = mean_of(dummy(lacks), sample.weights, chosen)
    m0 = mean_of(score * lacks, sample.weights, chosen)
    a = m0 / h if (lacks & chosen).any() else "all are empowered: there is no average of the others"
    return {"h": h, "a": a, "m0": m0, "de": m0 * -1.0 + 1.0}


def _parity(sample: Sample, women: Chosen, men: Chosen) -> dict[str, Linear | str]:
    household = sample["household"]
    if _repeats(household[women]) or _repeats(household[men]):
        why = "a household with more than one woman or man: take the principal of each"
        return dict.fromkeys(("h_gpi", "i_gpi", "gpi"), why)
    man_of = dict(zip(household[men], np.flatnonzero(men), strict=True))
    partner = np.array([man_of.get(name, -1) if women[at] else -1 for at, name in enumerate(household)])
    dual = partner >= 0
    if not dual.any():
        return dict.fromkeys(("h_gpi", "i_gpi", "gpi"), _NO_DUAL)
    floor = float(sample.options["cutoff"])
    score = np.maximum(sample["inadequacy"], floor)
    hers, his = score[dual], score[partner[dual]]
    lacks = (hers > floor + _SLACK) & (hers > his + _SLACK)
    gap, without = np.zeros(len(sample)), np.zeros(len(sample))
    without[dual] = lacks
    # A man whose inadequacy is 1 is never better off than the woman, so 1 - his is above 0 where used.
    gap[dual] = np.divide(hers - his, 1 - his, out=np.zeros(len(his)), where=lacks)
    h, product = mean_of(without, sample.weights, dual), mean_of(gap, sample.weights, dual)
    i = product / h if lacks.any() else "all households have parity: there is no average gap"
    return {"h_gpi": h, "i_gpi": i, "gpi": product * -1.0 + 1.0}


def _repeats(households: NDArray[np.object_]) -> bool:
    return len(set(households)) < len(households)
