"""Golden rows for ``self_test()``: raw rows, scikit-learn's own answers, and how far the device's may be from them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
import warnings
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np

from . import cpp
from .errors import InvalidInputError
from .gaps import gaps
from .registry import family_of

if TYPE_CHECKING:
    from .model import Model

#: The bytes of one table that every chip can index: avr-gcc's limit.
MAX_TABLE_BYTES = 32_767


@dataclasses.dataclass(frozen=True)
class SelfTest:
    """What :func:`emlearn.header.render` puts into a header.

    Attributes
    ----------
    tables : tuple of Table
        Rows, answers and bounds.
    text : str
        The tables and ``self_test()``.
    n_rows : int
    """

    tables: tuple[cpp.Table, ...]
    text: str
    n_rows: int

    @property
    def n_bytes(self) -> int:
        return sum(table.n_bytes for table in self.tables)


@dataclasses.dataclass(frozen=True)
class _Check:
    """One operation as the template sees it."""

    op: str
    width: int
    value: str  # the C++ type of one answer
    out: bool  # whether answers come through a pointer
    stored: str = "float"
    any: str | None = None  # the answer that is not compared; None for floats
    step: int = 1


def make(model: Model, X: Any) -> SelfTest:
    """Rows of `X` with the answers of the model's estimator.

    Classes must be equal, except where the estimator's own rounding decides them (see :meth:`emlearn.registry.Family.margin`): those
    are not compared, and a warning says which rows. Numbers must be within :meth:`emlearn.registry.Family.bound`.

    Raises
    ------
    InvalidInputError
        No estimator, no rows, too many of them, or rows that the model itself answers otherwise than its estimator.
    """
    from .report import verify

    if model.estimator is None:
        raise InvalidInputError("self_test= needs the estimator's answers, and this model has none: convert it from an estimator")
    raw = model.input.check(X)
    if len(raw) == 0:
        raise InvalidInputError("self_test= has no rows: nothing would be checked")
    _check_size(len(raw), {"rows": raw[0].nbytes, **{f"{op}_answers": 4 * model.record.task.width(op) for op in model.record.ops}})
    expected = verify.expected_answers(model, model.input.features(raw, model.record.fed))
    answers = {op: model.answer(op, raw) for op in model.record.ops}
    report = verify.compare(model, raw, answers, expected, "portable kernels on the host")
    if not report.ok:
        rows = ", ".join(map(str, report.disagreements[:10])) or "not listed"
        raise InvalidInputError(
            f"self_test=: the model answers otherwise than its estimator (rows {rows}), so the check would fail on every chip: "
            "see model.verify(X), and leave these rows out"
        )
    tables, checks = [cpp.Table("rows", raw, f"{len(raw)} rows of {raw.shape[1]} features")], []
    compared = np.zeros(len(raw), dtype=bool)
    for op in model.record.ops:
        if op == "predict" and model.record.task.is_discrete:
            more, check, seen = _indices(model, op, raw, answers[op], expected)
        else:
            more, check, seen = _numbers(model, op, raw, expected[op])
        tables += more
        checks.append(check)
        compared |= seen
    if not np.any(compared):
        raise InvalidInputError("self_test=: no row has an answer that can be compared (undecided classes, no bounds): give others")
    return SelfTest(tuple(tables), _text(model, raw, tables, checks), len(raw))


def _check_size(n_rows: int, row_bytes: dict[str, int]) -> None:
    """Refuse rows whose largest table is beyond the limit; an index is counted as four bytes, as it may take."""
    name, largest = max(row_bytes.items(), key=lambda item: item[1])
    if n_rows * largest > MAX_TABLE_BYTES:
        fit = MAX_TABLE_BYTES // largest
        advice = f"give at most {fit} rows" if fit else "the model has too many features or outputs for a self-test"
        raise InvalidInputError(
            f"self_test= has {n_rows} rows, whose table {name!r} would have {n_rows * largest} bytes; "
            f"a table may have {MAX_TABLE_BYTES}: {advice}"
        )


def _indices(
    model: Model, op: str, raw: np.ndarray, got: np.ndarray, expected: dict[str, np.ndarray]
) -> tuple[list[cpp.Table], _Check, np.ndarray]:
    want = expected[op].astype(np.int64)
    margin = family_of(model.record).margin(model.record, raw)
    near = (gaps(model.record, expected) <= margin) & (margin > 0)  # without a margin equal scores have one answer: the lowest class
    open_ = near | (got.reshape(want.shape) != want)
    if np.any(open_):
        rows = np.flatnonzero(np.any(open_, axis=1))
        warnings.warn(
            f"self_test(): the class of row {', '.join(map(str, rows[:10]))}{' ...' if len(rows) > 10 else ''} is not compared, "
            f"because {model.head.library}'s two best scores are closer there than the arithmetic tells apart",
            UserWarning,
            stacklevel=4,
        )
    dtype = next(dtype for dtype in (np.int8, np.int16, np.int32) if np.iinfo(dtype).min < want.min() and want.max() <= np.iinfo(dtype).max)
    stored = np.where(open_, np.iinfo(dtype).min, want).astype(dtype)
    signature = cpp.Signature.of(model.record.task, op)
    any_ = cpp.literal(np.iinfo(dtype).min, stored.dtype)
    check = _Check(op, want.shape[1], signature.out or signature.returns, bool(signature.out), cpp.SCALAR_TYPES[stored.dtype.name], any_)
    comment = f"{model.head.library}'s classes" + (f"; {any_}: not compared" if np.any(open_) else "")
    return [cpp.Table(f"{op}_answers", stored, comment)], check, ~np.all(open_, axis=1)


def _numbers(model: Model, op: str, raw: np.ndarray, want: np.ndarray) -> tuple[list[cpp.Table], _Check, np.ndarray]:
    want = want.astype(np.float64)
    bound = np.broadcast_to(family_of(model.record).bound(model.record, op, raw), want.shape).astype(np.float64)
    with np.errstate(all="ignore"):
        stored = want.astype(np.float32)
        # What storing the answer in a float loses, and the rounding of the device's own subtraction.
        off = np.where(stored == want, 0.0, np.abs(stored.astype(np.float64) - want))
        limits = (bound + off) * (1 + 2.0**-20)
        bounds = np.nextafter(limits.astype(np.float32), np.float32(np.inf))
    bounds[np.isnan(bounds)] = np.inf
    bounds[np.isnan(stored)] = 0.0  # NaN and nothing else
    seen = np.any(np.isfinite(bounds) | ~np.isfinite(want), axis=1)
    step = 1
    if np.all(bounds <= 1.25 * bounds.min()):
        bounds, step = bounds.max(keepdims=True).reshape(1, 1), 0
    signature = cpp.Signature.of(model.record.task, op)
    tables = [
        cpp.Table(f"{op}_answers", stored, f"{model.head.library}'s answers"),
        cpp.Table(f"{op}_bounds", bounds, "the largest difference that the arithmetic allows"),
    ]
    return tables, _Check(op, want.shape[1], signature.out or signature.returns, bool(signature.out), step=step), seen


@functools.cache
def _template() -> jinja2.Template:
    text = resources.files("emlearn").joinpath("templates/self_test.hpp.j2").read_text(encoding="utf-8")
    return jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False).from_string(text)


def _text(model: Model, raw: np.ndarray, tables: list[cpp.Table], checks: list[_Check]) -> str:
    return _template().render(
        tables=tables,
        checks=checks,
        n_rows=len(raw),
        n_features=raw.shape[1],
        input_type=model.input.c_type,
        library=model.head.library,
        table_bytes=sum(table.n_bytes for table in tables),
    )
