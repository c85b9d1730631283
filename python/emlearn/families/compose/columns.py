"""Transformers side by side, each on columns of its own.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ...front import Front, Step
from ...inputs import Input
from ...record import Chain, Parallel, Record, Task
from .. import scaler
from ..scaler.record import Scaler


def one_after_the_other(records: Sequence[Record]) -> Record:
    """A chain, flat, in which scalers in a row are one; a scaler alone is no chain."""
    stages: list[Record] = []
    for record in (stage for each in records for stage in flat(each)):
        if stages and isinstance(record, Scaler) and isinstance(before := stages[-1], Scaler):
            steps = tuple(step.take(record.columns) for step in before.steps) + record.steps
            stages[-1] = scaler.of_steps(steps, before.n_features, before.columns[record.columns])
        else:
            stages.append(record)
    return stages[0] if len(stages) == 1 else Chain.of(*stages)


def flat(record: Record) -> list[Record]:
    """The stages of a chain, those of chains in it too; any other record is its own one stage."""
    return [stage for inner in record.stages for stage in flat(inner)] if isinstance(record, Chain) else [record]


def behind(record: Record, columns: np.ndarray, n_features: int) -> Record:
    """`record` fed with these columns of `n_features`."""
    if len(columns) == n_features and np.array_equal(columns, np.arange(n_features)):
        return record
    return one_after_the_other([scaler.of_steps((), n_features, columns), record])


def weighted(record: Record, weight: float) -> Record:
    """What a transformer gives, times a number: one more step."""
    n = record.task.n_outputs
    factor = Step("multiply", np.full(n, float(weight)), narrow=True)
    return one_after_the_other([record, scaler.of_steps((factor,), n)])


def side_by_side(members: Sequence[Record]) -> Record:
    """The members' columns one after the other; scalers alone make one scaler."""
    if all(isinstance(member, Scaler) for member in members):
        return _merged([member for member in members if isinstance(member, Scaler)])
    if len(members) == 1:
        return members[0]
    width = sum(member.task.n_outputs for member in members)
    weights = np.ones(len(members), np.float32)
    first = members[0]
    return Parallel("float32", first.n_features, Task("transformer", width), tuple(members), "concat", weights)


def _merged(members: Sequence[Scaler]) -> Scaler:
    steps = _merged_steps([member.steps for member in members], [member.task.n_outputs for member in members])
    return scaler.of_steps(steps, members[0].n_features, np.concatenate([member.columns for member in members]))


def _merged_steps(lists: Sequence[tuple[Step, ...]], widths: Sequence[int]) -> tuple[Step, ...]:
    """Each list of steps on its own columns, the others left alone."""
    starts, width = np.cumsum([0, *widths]), int(np.sum(widths))
    return tuple(
        step.among(np.arange(start, start + n), width) for steps, start, n in zip(lists, starts, widths, strict=False) for step in steps
    )


def deferred(record: Parallel, front: Front) -> tuple[Parallel, Front]:
    """The same columns, with scalers' steps left for a later stage.

    Its scalers only choose raw columns; `front`'s steps and their own go into the front of what follows, which can often fold them
    exactly where a stage of its own rounds.

    Returns
    -------
    record : Parallel
        Still to be given `front`, where it has no scalers.
    later : Front
        For the stage behind: float32 values, with the input's scale and offset.
    """
    members: list[Record] = []
    scales, offsets, steps, widths = [], [], [], []
    for member in record.members:
        n = member.task.n_outputs
        if isinstance(member, Scaler):
            own = front.then(member.columns, member.steps)
            raw = Input.make(front.input.dtype, n_features=front.input.n_features)
            columns = np.arange(raw.n_features)[own.source()]
            members.append(scaler.of_front(Front(raw, columns=columns)))
            scales.append(front.input.scale[columns])
            offsets.append(front.input.offset[columns])
            steps.append(own.steps)
        else:
            members.append(member)
            scales.append(np.ones(n))
            offsets.append(np.zeros(n))
            steps.append(())
        widths.append(n)
    source = Input.make("float32", np.concatenate(scales), np.concatenate(offsets), n_features=sum(widths))
    return dataclasses.replace(record, members=tuple(members)), Front(source, _merged_steps(steps, widths), wide=True)
