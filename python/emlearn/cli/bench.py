"""``emlearn bench``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidInputError
from ..options import OPTIMIZE
from ..report.page import require_plots
from ..report.result import Bench
from . import rows, source
from .shell import BAD_INPUT, NOT_EQUAL, note, plain_errors, show_json, show_table

EXAMPLES = """
\b
Examples:
  emlearn bench gesture.skops --data X.csv --target avr-atmega328p --target cortex-m0plus
  emlearn bench gesture.skops --data X.npy --target cortex-m4f --input int16 --optimize size --optimize speed --html report.html
"""


def bench(
    model_file: source.ModelFile,
    data: rows.Data,
    target: Annotated[list[str], typer.Option("--target", metavar="NAME", help="A chip, see targets; may be given several times.")],
    target_column: rows.TargetColumn = None,
    labels: rows.Labels = None,
    header: rows.Header = None,
    op: Annotated[
        list[str] | None,
        typer.Option("--op", metavar="NAME", help="A function of the header; several times. [default: predict, or transform]"),
    ] = None,
    input_type: source.InputType = "float32",
    input_scale: source.InputScale = "1",
    input_offset: source.InputOffset = "0",
    missing: source.Missing = None,
    optimize: Annotated[
        list[str] | None,
        typer.Option(
            "--optimize",
            metavar="WHAT",
            help=f"What to spend least of: {', '.join(OPTIMIZE)}; several times. [default: balanced; with --html all]",
        ),
    ] = None,
    numeric: source.Numeric = "exact",
    calibration: source.Calibration = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also write a page with plots (needs matplotlib).")] = None,
    trust: source.Trust = False,
    json: source.Json = False,
) -> None:
    """Measure a model on emulated chips: flash, RAM, stack, cost of one prediction, agreement with the estimator.

    Exit code 0 says that it fits each chip and agrees on all rows; 1 that it does not, or failed there; 2 that nothing was measured, or
    that a tool is missing.
    """
    with plain_errors():
        if html is not None:
            require_plots()
            if html.suffix not in (".html", ".htm"):
                raise InvalidInputError(f"--html {html}: a page's name ends in .html, such as {html.stem or 'report'}.html")
        modes = optimize or (list(OPTIMIZE) if html is not None else ["balanced"])
        model = rows.converted(
            model_file,
            trust,
            target_column=target_column,
            input=input_type,
            input_scale=input_scale,
            input_offset=input_offset,
            missing=missing,
            optimize=modes[0],
            numeric=numeric,
            calibration=calibration,
        )
        read, y = rows.load(model, data, target_column, labels, header)
        with rows.placed(model, read) as X:
            found = model.bench(X, target, y, ops=op or None, optimize=modes)
        if html is not None:
            found.to_html(html)
        if json:
            show_json({"model": str(model_file), "data": str(data), **found.to_dict()})
        else:
            show_table(found.cells(), found.HEADER)
            for text in found.notes():
                note(text)
            if html is not None:
                note(f"the page is {html}")
        if not found.ok:
            raise typer.Exit(_code(found))


def _code(found: Bench) -> int:
    """2 where all that failed is tools that are not installed."""
    failed = [row for row in found.rows if not row.ok]
    return BAD_INPUT if all(row.kind == "ToolMissingError" for row in failed) else NOT_EQUAL
