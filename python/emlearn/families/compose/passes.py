"""Folds what stands in front into each member, and chains what does not fold.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TypeVar

import numpy as np

from ...front import Front
from ...inputs import Input
from ...options import Options
from ...record import Answers, Chain, Parallel, Record
from ...registry import arithmetics as registry_arithmetics
from ...registry import family_of, own, shortens
from ...registry import thin as registry_thin
from .. import scaler
from ..scaler.record import Scaler
from .auto import chooses, narrowest
from .columns import deferred, flat
from .digits import after, as_digits, on_grid, on_raw
from .fold import merged

P = TypeVar("P", Parallel, Answers)


def absorb_or_chain(record: Record, front: Front) -> Record:
    """`record` behind `front` as one record: folded where its family can, else stages for what it cannot fold, and the record."""
    folded = _absorbed(record, front)
    if folded is not None:
        return folded
    stages, rest = _stages_of(front)
    folded = _absorbed(record, rest)
    if folded is None:
        stages, folded = [scaler.of_front(front)], absorb_or_chain(record, _no_front(record.n_features))
    return _chain([*stages, folded])


def _absorbed(record: Record, front: Front) -> Record | None:
    """The record with `front` folded in, None where its family cannot."""
    if (front.columns is not None or front.fills) and not own(record, "FOLDS_COLUMNS"):
        return None
    folded: Record | None = family_of(record).absorb(record, front)
    return folded


def _stages_of(front: Front) -> tuple[list[Record], Front]:
    """What no family folds as a stage: the choice of columns and all up to the last step that is not affine; and the affine rest."""
    last = max((k + 1 for k, step in enumerate(front.steps) if not step.is_affine), default=0)
    if last:
        source, steps = Input.make(n_features=front.n_features), front.steps[:last]
        return [scaler.of_front(dataclasses.replace(front, steps=steps))], Front(source, front.steps[last:], wide=True)
    raw = Input.make(front.input.dtype, missing=front.input.missing, n_features=front.input.n_features)
    columns = front.source()
    source = Input.make("float32", front.input.scale[columns], front.input.offset[columns], n_features=front.n_features)
    return [scaler.of_front(Front(raw, columns=front.columns))], Front(source, front.steps, wide=True)


def absorb(record: Record, front: Front) -> Record:
    """A chain's scalers join the front as long as they lead; parallel members each get the front."""
    if isinstance(record, Answers):
        return _members(record, dataclasses.replace(front, wide=True))  # a chain is compared with what float64 gives
    if isinstance(record, Parallel):
        folded = _members(record, front)
        if folded.fed is np.float64:  # then all members see the same: those that could be exact on float32 are so on float64
            folded = _members(record, dataclasses.replace(front, wide=True))
        return folded
    assert isinstance(record, Chain)
    stages = merged(flat(record))
    while stages and isinstance(scaling := stages[0], Scaler):
        front = front.then(scaling.columns, scaling.steps)
        del stages[0]
    if not stages:
        return scaler.of_front(front)
    if len(stages) == 1:
        return absorb_or_chain(stages[0], front)
    if isinstance(stages[0], Parallel) and stages[0].join == "concat" and (early := _deferred(stages[0], stages[1:], front)) is not None:
        return early
    return _chain([absorb_or_chain(stages[0], front), absorb(Chain.of(*stages[1:]), _no_front(stages[1].n_features))])


def _deferred(first: Parallel, others: list[Record], front: Front) -> Record | None:
    """Columns side by side whose scaling folds into the stage behind; None where that cannot take it."""
    if not any(isinstance(member, Scaler) for member in first.members):
        return None
    kept, later = deferred(first, front)
    while others and isinstance(scaling := others[0], Scaler):
        later, others = later.then(scaling.columns, scaling.steps), others[1:]
    if not others or later.columns is not None or (folded := _absorbed(others[0], later)) is None:
        return None
    members = tuple(member if isinstance(member, Scaler) else absorb_or_chain(member, front) for member in kept.members)
    rest = [absorb(Chain.of(*others[1:]), _no_front(others[1].n_features))] if len(others) > 1 else []
    return _chain([dataclasses.replace(kept, members=members, input=front.input.dtype, n_features=front.input.n_features), folded, *rest])


def _members(record: P, front: Front) -> P:
    members = tuple(absorb_or_chain(member, front) for member in record.members)
    return dataclasses.replace(record, members=members, input=front.input.dtype, n_features=front.input.n_features)


def finish(record: Record, options: Options) -> Record:
    """Every member's own passes; calibration rows go through the stages before. A quantised arithmetic goes to the members that have it."""
    if isinstance(record, Parallel | Answers):
        return dataclasses.replace(record, members=tuple(_finished(member, options) for member in record.members))
    stages: list[Record] = []
    left, op = list(record.made_of), record.ops[0]
    while left:
        stage = left.pop(0)
        made = (on_raw(stage, left[0], options) or as_digits(stage, left[0], options)) if left else None
        if made is None:
            finished = flat(_finished(stage, options))
        else:
            finished, left[0] = made
        stages += finished
        options = after(finished, op, options) if left else options
    return Chain.of(*stages)


def arithmetics(record: Record) -> tuple[str, ...]:
    """Those that at least one member has."""
    from . import NUMERIC

    return tuple(numeric for numeric in NUMERIC if _has(record, numeric))


def _has(record: Record, numeric: str) -> bool:
    if record.made_of:
        return any(_has(part, numeric) for part in record.made_of if not isinstance(part, Scaler))
    return numeric in registry_arithmetics(record)


def _finished(part: Record, options: Options) -> Record:
    """A part among others: of scalers only one that is alone is in integers."""
    return finish_part(part, options.exact() if isinstance(part, Scaler) else options)


def thin(record: Record, max_points: int) -> Record | None:
    """Where a part has points."""
    made = [registry_thin(member, max_points) for member in record.made_of]
    if all(member is None for member in made):
        return None
    kept = tuple(member if fewer is None else fewer for member, fewer in zip(record.made_of, made, strict=True))
    return Chain.of(*kept) if isinstance(record, Chain) else dataclasses.replace(record, members=kept)  # type: ignore[call-arg]


def takes_leaf_bits(record: Record) -> bool:
    """Where a part does."""
    return any(map(shortens, record.made_of))


def finish_part(record: Record, options: Options) -> Record:
    """The passes of one part, exact where it has not the arithmetic; on a grid where it needs integers and rows are none.

    "auto" is left to parts that choose for themselves, and to the members of what stands side by side.
    """
    if not _has(record, options.numeric):
        options = options.exact()
    if options.numeric == "auto" and not chooses(record) and not isinstance(record, Parallel | Answers):
        return narrowest(record, options, finish_part)
    *before, part = on_grid(record, options)
    made: Record = family_of(part).finish(part, after(before, record.ops[0], options))
    return _chain([*before, made]) if before else made


def _chain(records: list[Record]) -> Chain:
    return Chain.of(*(stage for record in records for stage in flat(record)))


def _no_front(n_features: int) -> Front:
    return Front(Input.make(n_features=n_features))
