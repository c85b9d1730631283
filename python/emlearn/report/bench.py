"""Measures a model on several targets at once; what fails on one becomes its row, and the others go on.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError, UnsupportedError
from ..options import OPTIMIZE
from ..points import room
from ..selftest import MAX_TABLE_BYTES
from ..targets import CompileError, DeviceError, Measurement, Target, TooLargeError, ToolMissingError, catalog, lab
from .estimate import calibrated
from .result import Bench, Row
from .scores import check_truth, scores
from .verify import compare, expected_answers

if TYPE_CHECKING:
    from ..model import Model

#: Targets measured at the same time.
WORKERS = 2

_FAILURES = (ToolMissingError, CompileError, TooLargeError, DeviceError, UnsupportedError)


@dataclasses.dataclass(frozen=True)
class _Asked:
    """What is the same for all targets: rows, the estimator's answers, operations."""

    raw: np.ndarray
    expected: Mapping[str, np.ndarray]
    ops: tuple[str, ...]
    y: Any
    limits: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class _Job:
    """One model on one target."""

    model: Model
    target: Target
    optimize: str
    asked: _Asked


def bench(
    model: Model,
    X: Any,
    targets: Sequence[str] | str,
    y: Any = None,
    *,
    ops: Sequence[str] | None = None,
    optimize: Sequence[str] | None = None,
    **limits: Any,
) -> Bench:
    """See :meth:`emlearn.Model.bench`; `limits` are ``seconds`` and ``limit`` of :func:`emlearn.targets.measure`."""
    if model.estimator is None:
        raise InvalidInputError("the model has no estimator to compare with: convert it from one")
    names = [targets] if isinstance(targets, str) else list(targets)
    if not names:
        raise InvalidInputError(f"targets is empty: give one or more of {', '.join(catalog.TARGETS)}")
    chosen = [catalog.find(name) for name in dict.fromkeys(names)]
    raw = model.input.check(X)
    if len(raw) == 0:
        raise InvalidInputError("X has no rows: nothing would be measured")
    check_truth(model, y, len(raw))
    names_of_ops = tuple(op.name for op in lab.operations(model, model.record.ops[:1] if ops is None else ops))
    expected = expected_answers(model, model.input.features(raw, model.record.fed))
    asked = _Asked(raw, expected, names_of_ops, y, limits)
    jobs = [_Job(*made, asked) for target in chosen for made in _models(model, target, optimize)]
    return Bench(tuple(row for rows in _all(jobs) for row in rows), model.head.estimator, len(raw))


def _models(model: Model, target: Target, optimize: Sequence[str] | None) -> Iterator[tuple[Model, Target, str]]:
    if optimize is None:
        yield model, target, str(model.arguments.get("optimize", ""))
        return
    modes = [optimize] if isinstance(optimize, str) else list(dict.fromkeys(optimize))
    if not modes or any(mode not in OPTIMIZE for mode in modes):
        raise InvalidInputError(f"optimize={optimize!r}: give one or more of {', '.join(OPTIMIZE)}")
    for mode in modes:
        yield model.again(optimize=mode), target, mode


def _all(jobs: Sequence[_Job]) -> list[list[Row]]:
    """The rows of each job, in the jobs' order."""
    done: dict[Future[list[Row]], int] = {}
    rows: list[list[Row]] = [[] for _ in jobs]
    with _progress(len(jobs)) as step, ThreadPoolExecutor(WORKERS) as pool:
        try:
            done = {pool.submit(_rows, job): k for k, job in enumerate(jobs)}
            for future in as_completed(done):
                rows[done[future]] = future.result()
                step(jobs[done[future]].target.name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return rows


def _rows(job: _Job) -> list[Row]:
    rows = []
    for op in job.asked.ops:
        try:
            rows.append(_row(job, op))
        except _FAILURES as error:
            large = isinstance(error, TooLargeError)
            text = f"{error}. {_advice(job, op, error.excess)}" if isinstance(error, TooLargeError) else str(error)
            if isinstance(error, ToolMissingError) and job.target.name in calibrated():
                found = job.model.estimate(job.target.name, op)
                text += f". Estimated without it: about {found.flash:,} B of flash, off by {found.off:,} B"
            rows.append(Row(job.target.name, op, job.optimize, error=text, kind=type(error).__name__, fits=False if large else None))
    return rows


def _row(job: _Job, op: str) -> Row:
    target, asked = job.target, job.asked
    if target.memory is None:
        answers = lab.run(target.name, job.model, asked.raw, [op], **_without(asked.limits, "limit"))[op]
        return _judged(Row(target.name, op, job.optimize), job, op, answers)
    found = lab.measure(target.name, job.model, asked.raw, [op], **asked.limits)[op]
    row = Row(
        target.name,
        op,
        job.optimize,
        flash=found.flash,
        code=found.split.code,
        tables=found.split.tables,
        library=found.split.library,
        library_parts=found.split.parts,
        ram=found.ram,
        stack=found.stack,
        clock_hz=target.clock_hz,
        fits=found.flash_free >= 0 and (found.ram_free is None or found.ram_free >= 0),
        flash_free=found.flash_free,
        ram_free=found.ram_free,
        not_counted=found.not_counted,
    )
    return _judged(_with_cost(row, found, target), job, op, found.answers)


def _with_cost(row: Row, found: Measurement, target: Target) -> Row:
    if found.cost is None:
        return row
    mean, assumed = float(np.mean(found.cost)), found.cycles is None
    energy, source = None, ""
    if target.picojoule:
        energy = mean * target.picojoule * 1e-6
        counted = "instructions, one cycle each," if assumed else "cycles"
        source = f"{counted} x {target.picojoule:g} pJ per cycle as published for {target.picojoule_of}"
    return dataclasses.replace(
        row,
        unit=found.unit,
        cost_min=float(np.min(found.cost)),
        cost_mean=mean,
        cost_max=float(np.max(found.cost)),
        microseconds=mean / target.clock_hz * 1e6,
        assumed=assumed,
        energy_microjoule=energy,
        energy_source=source,
    )


def _judged(row: Row, job: _Job, op: str, answers: np.ndarray | None) -> Row:
    if answers is None:
        return row
    asked, got = job.asked, {op: answers}
    report = compare(job.model, asked.raw, got, asked.expected, row.target)
    report = dataclasses.replace(report, **scores(job.model, got, asked.expected, asked.y))
    return dataclasses.replace(
        row,
        agreement=report.agreement,
        agrees=report.ok,
        ties=report.ties,
        disagreements=report.disagreements,
        score=report.score,
        estimator_score=report.estimator_score,
    )


def _advice(job: _Job, op: str, excess: int | None) -> str:
    """For a model that is too large: the smallest mode that fits, or how much the smallest lacks."""
    fitting: dict[str, int] = {}
    lacking = {job.optimize: _excess(job.model, job.target, excess)}
    for mode in OPTIMIZE:
        if mode == job.optimize:
            continue
        model = job.model.again(optimize=mode)
        try:
            fitting[mode] = lab.sizes(job.target, model, *lab.operations(model, [op])).flash
        except TooLargeError as error:
            lacking[mode] = _excess(model, job.target, error.excess)
        except _FAILURES:
            continue
    if fitting:
        best = min(fitting, key=lambda mode: fitting[mode])
        return f"optimize={best!r} fits: {fitting[best]:,} B of flash"
    best = min(lacking, key=lambda mode: lacking[mode])
    fewer = room(job.model.record, max(0, lacking[best]), MAX_TABLE_BYTES if excess is None else None)
    return f"No mode fits: the smallest, optimize={best!r}, is " + (
        (f"{lacking[best]:,} B too large" if lacking[best] > 0 else "too large for the chip's addresses") + fewer
    )


def _excess(model: Model, target: Target, excess: int | None) -> int:
    """Bytes too many; those of the tables alone where the header itself refused before there was a program."""
    assert target.memory is not None
    return sum(table.n_bytes for table in model.part().all_tables) - target.memory.flash_size if excess is None else excess


def _without(limits: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in limits.items() if key != name}


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal's standard error; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("measuring"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda name: progress.update(task, advance=1, description=name)
