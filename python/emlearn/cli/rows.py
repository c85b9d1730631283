"""Rows and labels from files, in the form that a model takes; what is wrong with them is told by file, line and column.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..datafiles import Rows, read_rows
from ..errors import InvalidInputError
from ..labelfiles import decode, read_labels
from ..model import Model
from . import source
from .shell import working

Data = Annotated[Path, typer.Option("--data", metavar="X", help="Raw rows: CSV (with or without a header) or .npy.")]
TargetColumn = Annotated[
    list[str] | None,
    typer.Option("--target-column", metavar="NAME", help="A column of X with labels: its name, or number from 1 (-1: the last)."),
]
Labels = Annotated[Path | None, typer.Option("--labels", metavar="Y", help="Labels in a file of their own: text or .npy.")]
Header = Annotated[bool | None, typer.Option("--header/--no-header", help="Whether the CSV has a header. [default: found out]")]


def load(
    model: Model, data: Path, target_column: list[str] | None, labels: Path | None, header: bool | None
) -> tuple[Rows, np.ndarray | None]:
    """Raw rows, and their labels where there are some."""
    if target_column and labels is not None:
        raise InvalidInputError("--target-column and --labels both give labels: give one of them")
    with working(f"reading {data}"):
        rows = read_rows(data, model.input.n_features, model.input.names, target_column or (), header)
        return rows, _labels(model, rows, labels)


def _labels(model: Model, rows: Rows, file: Path | None) -> np.ndarray | None:
    columns, name = rows.labels, str(rows.path)
    if file is not None:
        table = read_labels(file, len(rows.X))
        columns, name = tuple(table.reshape(len(table), -1).T), str(file)
    if not columns:
        return None
    outputs = model.record.task.n_outputs
    if model.record.task.kind == "transformer":
        raise InvalidInputError("a transformer has no labels to score against: leave out --target-column and --labels")
    if len(columns) != outputs:
        raise InvalidInputError(f"{name} gives {len(columns)} columns of labels, but the model has {outputs} outputs: give one for each")
    classes = model.head.classes or (None,) * outputs
    decoded = [decode(column, known, name) for column, known in zip(columns, classes)]
    return decoded[0] if outputs == 1 else np.column_stack(decoded)


def unlabelled(model: Model, file: Path, target_column: list[str] | None) -> Rows:
    """The rows of a file that may have the labels too, which are left out."""
    with working(f"reading {file}"):
        return read_rows(file, model.input.n_features, model.input.names, target_column or (), needs_labels=False)


def converted(
    path: Path,
    trust: bool,
    *,
    target_column: list[str] | None = None,
    numeric: str = "exact",
    calibration: Path | None = None,
    **options: Any,
) -> Model:
    """The model of an estimator's file, in integers where rows calibrate them; `options` as for :func:`.source.load`."""
    model = source.load(path, trust, numeric="exact" if calibration is not None else numeric, **options)
    return calibrated(model, calibration, target_column, numeric=numeric)


def calibrated(model: Model, file: Path | None, target_column: list[str] | None, **choices: Any) -> Model:
    """The model converted again with rows of a file, and what goes with them; as it is where there is no file."""
    if file is None:
        return model
    read = unlabelled(model, file, target_column)
    with placed(model, read) as X, working("converting"):
        return model.again(calibration=X, **choices)


@contextlib.contextmanager
def placed(model: Model, rows: Rows) -> Iterator[np.ndarray]:
    """The rows with what is missing filled in; errors inside name the file's line and column."""
    X, hole = rows.X, rows.missing
    if hole and model.input.is_integer:
        if model.input.missing is None:
            raise InvalidInputError(f"{hole}: empty, and {model.input.dtype} has no missing value: fill it, or say which with --missing")
        X = np.where(np.isnan(X), model.input.missing, X)
    try:
        yield X
    except InvalidInputError as error:
        place = re.match(r"X\[(\d+), (\d+)\] = ", str(error))
        if place is None:
            raise
        raise InvalidInputError(f"{rows.place(int(place[1]), int(place[2]))}: {str(error)[place.end() :]}") from error
    except ValueError as error:
        if hole and "NaN" in str(error):
            raise InvalidInputError(f"{hole}: empty or NaN, and this estimator takes no missing values: fill it") from error
        if "infinity" in str(error) or "too large" in str(error):
            bad = np.argwhere(~np.isfinite(X.astype(np.float32)))
            if len(bad):
                raise InvalidInputError(f"{rows.place(*map(int, bad[0]))}: infinite, or too large for float32: remove the row") from error
        raise
