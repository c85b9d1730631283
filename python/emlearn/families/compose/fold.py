"""Stages of a chain that become one: choices and scaling behind a transformer, projections before a model, and what that saves.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import InvalidInputError, UnsupportedError
from ...front import Front
from ...inputs import Input
from ...options import Options
from ...record import Chain, Record
from ...registry import family_of, own
from .. import scaler
from ..linear.record import Linear
from ..scaler.record import Scaler
from .columns import flat, one_after_the_other


def merged(stages: Sequence[Record]) -> list[Record]:
    """The same answers by fewer or smaller stages, before anything is known about raw values."""
    done: list[Record] = []
    for stage in stages:
        done.append(stage)
        while (joined := _joined(done)) is not None:
            done = flat(one_after_the_other([*done[:-2], *joined]))
    return done


def _joined(done: list[Record]) -> list[Record] | None:
    """What stands for the last two stages; None where they stay."""
    if len(done) < 2:
        return None
    first, last = done[-2:]
    if isinstance(last, Scaler) and not isinstance(first, Scaler):
        return _chosen(first, last) if last.selects else _rescaled(first, last)
    behind = own(last, "behind")
    if behind is None or not isinstance(first, Linear) or first.task.kind != "transformer":
        return None
    folded: Record | None = behind(last, first)
    return None if folded is None else [folded]


def _chosen(first: Record, last: Scaler) -> list[Record] | None:
    select = own(first, "select")
    parts: list[Record] | None = None if select is None else select(first, last.columns)
    if parts is None:
        return None
    return [*parts, scaler.of_steps(last.steps, len(last.columns))] if last.steps else parts


def _rescaled(first: Record, last: Scaler) -> list[Record] | None:
    front = Front(Input.make(n_features=last.n_features), last.steps)
    scaled = own(first, "scaled")
    return None if scaled is None or not front.is_affine else [scaled(first, front)]


def as_transformer(record: Record) -> Record | None:
    """`record` as a stage before others: what has a ``transform`` beside its ``predict`` gives that; None for what has none."""
    if record.task.kind == "transformer":
        return record
    if isinstance(record, Chain):
        last = as_transformer(record.stages[-1])
        return None if last is None else Chain.of(*record.stages[:-1], last)
    beside = own(record, "as_transformer")
    stage: Record | None = None if beside is None else beside(record)
    return stage


def predictor(record: Record) -> Record:
    """`record` without what its estimator has beside its prediction, a ``transform`` or a deviation: as a model's last one."""
    if isinstance(record, Chain):
        return Chain.of(*record.stages[:-1], predictor(record.stages[-1]))
    alone = own(record, "predictor")
    model: Record = record if alone is None else alone(record)
    return model


def savings(read: Record, made: Record) -> dict[str, str]:
    """For :meth:`emlearn.Model.describe`: which stages folded, and the bytes of tables that this saves; empty where none did."""
    before, after = flat(read), flat(made)
    if not isinstance(read, Chain):
        return {}
    saved = sum(_bytes(stage) for stage in before[:-1]) - sum(_bytes(stage, ready=True) for stage in after[:-1])
    if isinstance(after[-1], Linear) or own(after[-1], "behind"):  # whose tables may have grown or shrunk
        saved += _bytes(before[-1]) - _bytes(after[-1], ready=True)
    if len(after) >= len(before) and saved <= 0:
        return {}
    names = " > ".join(_label(stage) for stage in before)
    kept = "1 stage" if len(after) == 1 else f"{len(after)} stages"
    return {"folded": f"{names} in {kept}, its tables {abs(saved)} bytes {'smaller' if saved >= 0 else 'larger'}"}


def _label(record: Record) -> str:
    return record.estimator if isinstance(record, Linear) else type(record).__name__.lower()


def _bytes(record: Record, ready: bool = False) -> int:
    """Of the tables of a stage; one that is not ready yet takes float32 features as they are."""
    family = family_of(record)
    if not ready:
        try:
            record = family.finish(family.absorb(record, Front(Input.make(n_features=record.n_features))), Options.make())
        except (InvalidInputError, UnsupportedError):  # alone it cannot be converted: its part of the saving is unknown
            return 0
    return sum(table.n_bytes for table in family.emit(record).all_tables)
