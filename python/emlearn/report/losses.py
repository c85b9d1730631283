"""What a model in integers loses against the float network that it was made from, on given rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..gaps import gaps
from ..record import Chain, Record
from ..registry import family_of, own


@dataclasses.dataclass(frozen=True)
class Losses:
    """Integers against float.

    Attributes
    ----------
    kept : float
        The share of rows with the estimator's own class; for regressors 1 - RMS difference / standard deviation of the estimator's answers.
    worst_gap : float
        The largest gap between the estimator's two best probabilities in a row whose class changed; 0 where none did.
    steps : tuple of emlearn.families.mlp.integer.Seen
        The intake and the layers: ranges, values that were cut off, zeros.
    is_discrete : bool
    """

    kept: float
    worst_gap: float
    steps: tuple[Any, ...]
    is_discrete: bool

    def lines(self) -> list[str]:
        """For people."""
        what = f"of the classes kept, worst margin lost {self.worst_gap:.3g}" if self.is_discrete else "of the spread kept"
        return [f"integers: {self.kept:.4f} {what}", *(f"  {step.name}: {step.text()}" for step in self.steps)]


def losses(record: Record, raw: np.ndarray, answers: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> Losses | None:
    """Of a model whose last stage computes in integers; None for the others."""
    rows, last = raw, record
    while isinstance(last, Chain):
        for stage in last.stages[:-1]:
            rows = family_of(stage).reference(stage, stage.feeds("predict"), rows)
        last = last.stages[-1]
    look = own(last, "steps_seen")
    steps = look(last, rows) if look is not None and "predict" in answers else ()
    if not steps:
        return None
    want = expected["predict"]
    got = answers["predict"].reshape(want.shape)
    if record.task.is_discrete:
        changed = got != want
        return Losses(1 - float(np.mean(np.any(changed, axis=1))), float(np.max(gaps(record, expected)[changed], initial=0)), steps, True)
    sane = np.all(np.isfinite(want), axis=1)  # exp may leave the range of float
    if not np.any(sane):
        return Losses(0.0, 0.0, steps, False)
    got, want = got[sane].astype(np.float64), want[sane]
    spread = float(np.sqrt(np.mean(np.var(want, axis=0)))) or 1.0
    return Losses(max(0.0, 1 - float(np.sqrt(np.mean((got - want) ** 2))) / spread), 0.0, steps, False)
