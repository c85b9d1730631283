"""``emlearn verify``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from ..errors import InvalidInputError
from ..report.verify import Report
from . import rows, source
from .shell import NOT_EQUAL, note, plain_errors, show_json, show_table, working

EXAMPLES = """
\b
Examples:
  emlearn verify gesture.skops --data X.csv
  emlearn verify gesture.skops --data X.csv --numeric int8 --calibration rows.csv
  emlearn verify gesture.skops --data all.csv --target-column label --target avr-atmega328p
"""


def verify(
    model_file: source.ModelFile,
    data: rows.Data,
    target_column: rows.TargetColumn = None,
    labels: rows.Labels = None,
    compile_: Annotated[bool, typer.Option("--compile", help="Ask the header, compiled with this machine's compiler.")] = False,
    target: Annotated[str | None, typer.Option("--target", metavar="NAME", help="Ask the header on an emulated chip: see targets.")] = None,
    header: rows.Header = None,
    input_type: source.InputType = "float32",
    input_scale: source.InputScale = "1",
    input_offset: source.InputOffset = "0",
    missing: source.Missing = None,
    optimize: source.Optimize = "balanced",
    numeric: source.Numeric = "exact",
    calibration: source.Calibration = None,
    trust: source.Trust = False,
    json: source.Json = False,
) -> None:
    """Compare a model with its estimator, row by row.

    Exit code 0 says that all rows are equal (or within the stated bound), 1 that some are not, 2 that nothing was compared.
    """
    with plain_errors():
        if compile_ and target is not None:
            raise InvalidInputError("--compile asks this machine, --target another one: give one of them")
        model = rows.converted(
            model_file,
            trust,
            target_column=target_column,
            input=input_type,
            input_scale=input_scale,
            input_offset=input_offset,
            missing=missing,
            optimize=optimize,
            numeric=numeric,
            calibration=calibration,
        )
        read, y = rows.load(model, data, target_column, labels, header)
        with working(f"comparing {len(read.X):,} rows"), rows.placed(model, read) as X:
            report = model.verify(X, y, compile=compile_, target=target)
        if json:
            show_json({"model": str(model_file), "data": str(data), **dataclasses.asdict(report)})
        else:
            _show(report)
        if not report.ok:
            raise typer.Exit(NOT_EQUAL)


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
        lines += [("score", f"{report.score:.6g}"), (f"{report.library}'s score", f"{report.estimator_score:.6g}")]
    if report.losses is not None:
        lines += [("kept by integers", f"{report.losses.kept:.6g}"), ("worst margin lost", f"{report.losses.worst_gap:.3g}")]
        lines += [(step.name, step.text()) for step in report.losses.steps]
    show_table(lines)
    if report.input_changes:
        note(f"{report.input_changes} rows get another answer from {report.library} itself once X has the input's type")
