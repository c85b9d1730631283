"""``leaf_bits=`` of :func:`emlearn.convert`: how many bits leaves get, and what that costs on given rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from .errors import UnsupportedError
from .options import MOST_LEAF_BITS, Options
from .record import Record
from .registry import family_of, finish


def finish_leaves(record: Record, options: Options) -> tuple[Record, dict[str, str]]:
    """The finished record, and facts about what shorter leaves do on the calibration rows.

    ``"auto"`` takes the fewest bits that leave ``predict`` of all calibration rows as exact leaves have it, and exact leaves where none do,
    or where the tables would not become smaller.

    Raises
    ------
    UnsupportedError
        ``"auto"`` for answers that are numbers, which any rounding changes.
    """
    if options.leaf_bits is None or options.calibration is None:
        return finish(record, options), {}
    rows, exact = options.calibration, finish(record, dataclasses.replace(options, leaf_bits=None))
    if options.leaf_bits != "auto":
        made = finish(record, options)
        return made, {"on calibration rows": losses(exact, made, rows)}
    if not record.task.is_discrete:
        raise UnsupportedError(
            f"leaf_bits='auto': the answers of a {record.task.kind} are numbers, which fewer bits always change; "
            f"give a number from 1 to {MOST_LEAF_BITS}: describe() tells what is lost"
        )
    wanted = _answer(exact, "predict", rows)
    for bits in range(1, MOST_LEAF_BITS + 1):
        made = finish(record, dataclasses.replace(options, leaf_bits=bits))
        if np.array_equal(_answer(made, "predict", rows), wanted):
            if _table_bytes(made) > _table_bytes(exact):
                return exact, {"on calibration rows": f"leaf_bits='auto' keeps exact leaves: {bits} bits would be larger"}
            return made, {"on calibration rows": f"leaf_bits='auto' takes {bits}: {losses(exact, made, rows)}"}
    return exact, {"on calibration rows": f"leaf_bits='auto' keeps exact leaves: {MOST_LEAF_BITS} bits change answers"}


def _table_bytes(record: Record) -> int:
    return sum(table.n_bytes for table in family_of(record).emit(record).all_tables)


def losses(exact: Record, made: Record, rows: np.ndarray) -> str:
    texts = []
    if exact.task.is_discrete:
        changed = np.any(_answer(exact, "predict", rows) != _answer(made, "predict", rows), axis=1)
        texts.append(f"{np.count_nonzero(changed)} of {len(rows)} answers change")
    for op in exact.ops:
        if op != "predict" or not exact.task.is_discrete:
            most = np.max(np.abs(_answer(exact, op, rows).astype(np.float64) - _answer(made, op, rows)))
            texts.append(f"{op} by at most {most:.3g}")
    return ", ".join(texts)


def _answer(record: Record, op: str, rows: np.ndarray) -> np.ndarray:
    family = family_of(record)
    try:
        answer: np.ndarray = family.run(record, op, rows)
    except ImportError:  # the kernels are not compiled
        answer = family.reference(record, op, rows)
    return answer
