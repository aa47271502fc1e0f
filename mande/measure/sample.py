"""What a statistic of a group is worked out from: named columns, weights and options.

A file of `mande/measure/statistics` gives

* `FORMULA`, how the number is made, and `SOURCE`, the paper or convention it follows;
* `ROLES`, the columns it takes, in order, each with its kind (`number`, `text`, or `numbers` for several);
  the first is the indicator's value unless the definition names another;
* `OPTIONS`, its constants with their defaults (`{"order": 1}`);
* `compute(sample)`: the number, or the reason why there is none, or several of them by name;
* where it has one, `influence(sample)`: the linearised variable of each number, a value per unit, such that
  the number's variance is that of the weighted sum of it (Deville 1999, Survey Methodology 25(2)). A mean
  has `(x - mean) / sum of w`. Without it, standard errors come from a bootstrap of primary sampling units.

A file may also give

* `LABEL`, a `Text` such as `Gini of {value}`, where `{value}` stands for the indicator's label and the other
  names in braces are options; `UNIT`, either `value` (that of the indicator) or its own, `index` by default;
  `DIRECTION`, either `value` or its own, `neutral` by default;
* `IS_TOTAL = True` where the number grows with the number of units, so that it says nothing of one unit;
* `IS_SEVERAL = True` where it gives several numbers by name;
* `IS_SHARE = True` where each number is a mean over units of values from 0 to 1: its interval stays there;
* `may_lack(options)`: whether a unit counts that lacks some, but not all, of its `numbers` (NaN there);
* `refuse(options)`: what is expected of the options instead, or an empty text where they are in order;
* `notes(sample)`: what a reader must know of this number, or an empty text (values set to 0, for example);
* `SMALLEST_CELL`, fewest units of a group for which the number is shown, where the general threshold is too
  low for it: a gap between two groups needs 30;
* `COMPARES`, where it tells groups apart: the role that says who belongs to which, then the options that name
  the groups (all of them where none). The smallest of these counts as a cell of its own;
* `freeze(reference)`: what the statistic keeps from a reference group (the comparison arm at the baseline)
  for all waves and arms, or the reason why there is nothing; it becomes the option `weights`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RoleKind = Literal["number", "text", "numbers"]
Answer = float | str
"""A number, or the reason why there is none."""


@dataclass(frozen=True, slots=True, eq=False)  # arrays do not compare
class Sample:
    """Units of one group with everything present.

    Attributes
    ----------
    columns : by role, one entry per unit: floats for a `number`, texts (object array of str) for a
        `text`, a two-dimensional array of floats with a column per name for `numbers`.
    weights : positive, one per unit; what an indicator weighs by is in them already.
    options : constants of the statistic, complete with defaults.
    names : by role of kind `numbers`, the names of its columns.
    """

    columns: Mapping[str, NDArray[Any]]
    weights: Floats
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, role: str) -> NDArray[Any]:
        return self.columns[role]

    def __len__(self) -> int:
        return len(self.weights)

    def where(self, chosen: NDArray[np.bool_]) -> Sample:
        """Return the sample of the units where `chosen` holds."""
        columns = {role: column[chosen] for role, column in self.columns.items()}
        return Sample(columns, self.weights[chosen], self.options, self.names)
