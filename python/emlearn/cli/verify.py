"""``emlearn verify``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..datafiles import Rows, read_rows
from ..errors import InvalidInputError
from ..labelfiles import decode, read_labels
from ..model import Model
from ..report.verify import Report
from . import source
from .shell import NOT_EQUAL, note, plain_errors, show_json, show_table, working

EXAMPLES = """
\b
Examples:
  emlearn verify gesture.skops --data X.csv
  emlearn verify gesture.skops --data all.csv --target-column label --target avr-atmega328p
"""


def verify(
    model_file: source.ModelFile,
    data: Annotated[Path, typer.Option("--data", metavar="X", help="Raw rows: CSV (with or without a header) or .npy.")],
    target_column: Annotated[
        list[str] | None,
        typer.Option("--target-column", metavar="NAME", help="A column of X with labels: its name, or number from 1 (-1: the last)."),
    ] = None,
    labels: Annotated[Path | None, typer.Option("--labels", metavar="Y", help="Labels in a file of their own: text or .npy.")] = None,
    compile_: Annotated[bool, typer.Option("--compile", help="Ask the header, compiled with this machine's compiler.")] = False,
    target: Annotated[str | None, typer.Option("--target", metavar="NAME", help="Ask the header on an emulated chip: see targets.")] = None,
    header: Annotated[bool | None, typer.Option("--header/--no-header", help="Whether the CSV has a header. [default: found out]")] = None,
    input_type: source.InputType = "float32",
    input_scale: source.InputScale = "1",
    input_offset: source.InputOffset = "0",
    missing: source.Missing = None,
    optimize: source.Optimize = "balanced",
    trust: source.Trust = False,
    json: source.Json = False,
) -> None:
    """Compare a model with its estimator, row by row.

    Exit code 0 says that all rows are equal (or within the stated bound), 1 that some are not, 2 that nothing was compared.
    """
    with plain_errors():
        if compile_ and target is not None:
            raise InvalidInputError("--compile asks this machine, --target another one: give one of them")
        if target_column and labels is not None:
            raise InvalidInputError("--target-column and --labels both give labels: give one of them")
        model = source.load(
            model_file,
            trust,
            input=input_type,
            input_scale=input_scale,
            input_offset=input_offset,
            missing=missing,
            optimize=optimize,
        )
        with working(f"reading {data}"):
            rows = read_rows(data, model.input.n_features, model.input.names, target_column or (), header)
            y = _labels(model, rows, labels)
        with working(f"comparing {len(rows.X):,} rows"):
            report = _report(model, rows, y, compile_, target)
        if json:
            show_json({"model": str(model_file), "data": str(data), **dataclasses.asdict(report)})
        else:
            _show(report)
        if not report.ok:
            raise typer.Exit(NOT_EQUAL)


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


def _report(model: Model, rows: Rows, y: np.ndarray | None, compile: bool, target: str | None) -> Report:
    X, hole = rows.X, rows.missing
    if hole and model.input.is_integer:
        if model.input.missing is None:
            raise InvalidInputError(f"{hole}: empty, and {model.input.dtype} has no missing value: fill it, or say which with --missing")
        X = np.where(np.isnan(X), model.input.missing, X)
    try:
        return model.verify(X, y, compile=compile, target=target)
    except InvalidInputError as error:
        place = re.match(r"X\[(\d+), (\d+)\] = ", str(error))
        if place is None:
            raise
        raise InvalidInputError(f"{rows.place(int(place[1]), int(place[2]))}: {str(error)[place.end():]}") from error
    except ValueError as error:
        if hole and "NaN" in str(error):
            raise InvalidInputError(f"{hole}: empty or NaN, and this estimator takes no missing values: fill it") from error
        if "infinity" in str(error) or "too large" in str(error):
            bad = np.argwhere(~np.isfinite(X.astype(np.float32)))
            if len(bad):
                raise InvalidInputError(f"{rows.place(*map(int, bad[0]))}: infinite, or too large for float32: remove the row") from error
        raise


def _show(report: Report) -> None:
    lines: list[tuple[str, Any]] = [
        ("result", "equal" if report.ok else "NOT equal"),
        ("answers from", report.ran),
        ("rows", report.rows),
        ("agreement", f"{report.agreement:.6g}"),
        ("ties", report.ties),
        ("max error", f"{report.max_error:.3g}"),
        ("bound", f"{report.bound:.3g}"),
    ]
    if report.disagreements:
        lines.append(("rows that differ (from 0)", ", ".join(map(str, report.disagreements))))
    if report.score is not None:
        lines += [("score", f"{report.score:.6g}"), ("scikit-learn's score", f"{report.estimator_score:.6g}")]
    show_table(lines)
    if report.input_changes:
        note(f"{report.input_changes} rows get another answer from scikit-learn itself once X has the input's type")
