"""One model on one emulated chip: all answers, and what they cost.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import recordings
from emlearn import targets
from emlearn.report.verify import compare, expected_answers
from models import Entry

#: Windows whose cost is counted: spread over all that are answered.
COUNTED_ROWS = 64


@dataclasses.dataclass
class ChipRun:
    """What one model did on one chip.

    Attributes
    ----------
    answers : ndarray of shape (n_rows,)
        Labels, or components of a mixture.
    equal : int
        Rows on which they are scikit-learn's.
    ok : bool
        Whether all operations agree: classes equal (ties apart), numbers within their bounds.
    ties : int
        Rows where two of scikit-learn's own best scores are equal up to its rounding.
    cost, most : float or None
        Of one `predict`, the mean and the most; None where no emulator counts.
    unit : str
        Of these: "cycles" or "instructions"; "" where no emulator counts.
    flash : int
        Bytes that `predict` adds to a program.
    ram : int or None
        Bytes, static and stack.
    """

    answers: np.ndarray
    equal: int
    ok: bool
    ties: int
    cost: float | None
    most: float | None
    unit: str
    flash: int
    ram: int | None


def expected(entry: Entry, rows: np.ndarray) -> np.ndarray:
    """scikit-learn's own labels (or components) for what the device is given."""
    fed = rows.astype(np.float64) * (recordings.SCALE if rows.dtype == np.int16 else 1.0)
    return entry.estimator.predict(pd.DataFrame(fed, columns=list(recordings.FEATURES)))


def missing_tools(names: Sequence[str]) -> dict[str, str]:
    """Chips that cannot be run here, each with what is missing and the command that gets it."""
    missing = {}
    for name in names:
        target = targets.TARGETS[name]
        tools = [tool for tool in target.tools if tool.find() is None]
        if not any(all(tool.find() for tool in emulator.tools) for emulator in target.emulators):
            tools += [tool for tool in target.emulators[0].tools if tool.find() is None]
        if tools:
            commands = "; ".join(dict.fromkeys(tool.install for tool in tools))
            missing[name] = f"{', '.join(tool.name for tool in tools)} is missing: {commands}"
    return missing


def run(name: str, entry: Entry, rows: np.ndarray) -> ChipRun:
    """Every operation on all rows, then `predict` on some of them in a firmware of its own, counted."""
    model, given = entry.model, entry.rows[rows]
    values = targets.run(name, model, given)
    truth = expected_answers(model, model.input.features(given, model.record.fed))
    report = compare(model, given, values, truth, name)
    answers = model.head.decode(values["predict"], model.record.task).ravel()
    equal = int(np.count_nonzero(answers == expected(entry, given)))
    some = given[np.unique(np.linspace(0, len(given) - 1, COUNTED_ROWS).astype(int))]
    measured = targets.measure(name, model, some, ["predict"])["predict"]
    return ChipRun(
        answers=answers,
        equal=equal,
        ok=report.ok and equal + report.ties >= len(rows),
        ties=report.ties,
        cost=None if measured.cost is None else float(np.mean(measured.cost)),
        most=None if measured.cost is None else float(np.max(measured.cost)),
        unit=measured.unit,
        flash=measured.flash,
        ram=None if measured.stack is None else measured.ram + measured.stack,
    )
