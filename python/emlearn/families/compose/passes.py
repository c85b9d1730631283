"""Folds what stands in front into each member, and chains what does not fold.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import UnsupportedError
from ...front import Front
from ...inputs import Input
from ...options import Options
from ...record import Chain, Parallel, Record
from ...registry import family_of
from .. import scaler
from ..scaler.record import Scaler


def absorb_or_chain(record: Record, front: Front) -> Record:
    """`record` behind `front` as one record: folded where its family can, else a scaler stage and the record."""
    folded = family_of(record).absorb(record, front)
    if folded is not None:
        return folded
    return _chain([scaler.of_front(front), absorb_or_chain(record, _no_front(record.n_features))])


def absorb(record: Record, front: Front) -> Record:
    """A chain's scalers join the front as long as they lead; parallel members each get the front."""
    if isinstance(record, Parallel):
        folded = _members(record, front)
        if folded.fed is np.float64:  # then all members see the same: those that could be exact on float32 are so on float64
            folded = _members(record, dataclasses.replace(front, wide=True))
        return folded
    assert isinstance(record, Chain)
    stages = _stages(record)
    while stages and isinstance(scaling := stages[0], Scaler):
        front = dataclasses.replace(front, steps=front.steps + scaling.steps)
        del stages[0]
    if not stages:
        return scaler.of_front(front)
    first = absorb_or_chain(stages[0], front)
    if len(stages) == 1:
        return first
    return _chain([first, absorb(Chain.of(*stages[1:]), _no_front(stages[1].n_features))])


def _members(record: Parallel, front: Front) -> Parallel:
    members = tuple(absorb_or_chain(member, front) for member in record.members)
    return dataclasses.replace(record, members=members, input=front.input.dtype)


def finish(record: Record, options: Options) -> Record:
    """Every member's own passes; calibration rows go through the stages before.

    A quantised arithmetic goes to the members that have it, and one must.
    """
    members = record.members if isinstance(record, Parallel) else record.stages  # type: ignore[attr-defined]
    if options.numeric != "exact" and not any(_has(member, options.numeric) for member in members):
        names = ", ".join(type(member).__name__ for member in members)
        raise UnsupportedError(f"numeric={options.numeric!r}: none of the parts ({names}) has it; use numeric='exact'")
    if isinstance(record, Parallel):
        return dataclasses.replace(record, members=tuple(_finish_part(member, options) for member in members))
    stages: list[Record] = []
    for stage in members:
        stages.append(_finish_part(stage, options))
        if options.calibration is not None and stage is not members[-1]:
            rows = family_of(stages[-1]).reference(stages[-1], "transform", options.calibration)
            options = dataclasses.replace(options, calibration=rows)
    return Chain.of(*stages)


def _has(record: Record, numeric: str) -> bool:
    if isinstance(record, Parallel | Chain):
        return any(_has(part, numeric) for part in (record.members if isinstance(record, Parallel) else record.stages))
    return numeric in family_of(record).NUMERIC


def _finish_part(record: Record, options: Options) -> Record:
    return family_of(record).finish(record, options if _has(record, options.numeric) else options.exact())


def _chain(records: list[Record]) -> Chain:
    return Chain.of(*(stage for record in records for stage in _stages(record)))


def _stages(record: Record) -> list[Record]:
    """Those of chains in chains too: a Pipeline may hold Pipelines."""
    return [stage for inner in record.stages for stage in _stages(inner)] if isinstance(record, Chain) else [record]


def _no_front(n_features: int) -> Front:
    return Front(Input.make(n_features=n_features))
