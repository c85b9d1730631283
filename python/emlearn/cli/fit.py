"""``emlearn fit``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import InvalidInputError
from . import rows, source
from .shell import NOT_EQUAL, note, plain_errors, show_json, show_table, working

EXAMPLES = """
\b
Examples:
  emlearn fit gesture.skops --data all.csv --target-column label --target cortex-m0plus --flash 4096 -o gesture.hpp
  emlearn fit gesture.skops --data X.npy --labels y.npy --target avr-atmega328p --flash 8192 --ram 256 --input int16 -o gesture.hpp
"""


def fit(
    model_file: source.ModelFile,
    data: rows.Data,
    target: Annotated[str, typer.Option("--target", metavar="NAME", help="The chip, see targets.")],
    output: source.Output = None,
    name: source.Name = None,
    bundle: source.Bundle = False,
    flash: Annotated[int | None, typer.Option("--flash", metavar="BYTES", help="At most so much flash.")] = None,
    ram: Annotated[int | None, typer.Option("--ram", metavar="BYTES", help="At most so much RAM, static and stack.")] = None,
    cycles: Annotated[int | None, typer.Option("--cycles", metavar="NUMBER", help="At most so many cycles in the slowest row.")] = None,
    target_column: rows.TargetColumn = None,
    labels: rows.Labels = None,
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
    """Make the model that loses least and fits a budget: other encodings first, then narrower numbers, thresholds and leaves, fewer splits.

    Exit code 0 says that the budget is met; 1 that it cannot be, and what the least is: then no header is written.
    """
    with plain_errors():
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
        if y is None:
            raise InvalidInputError("no labels: name their column with --target-column, or their file with --labels")
        with working("measuring"), rows.placed(model, read) as X:
            found = model.fit_to(flash=flash, ram=ram, cycles=cycles, data=(X, y), target=target)
        if found.ok and output is not None:
            found.model.save(output, name, bundle=bundle)
        if json:
            show_json({"model": str(model_file), "data": str(data), **found.to_dict()})
        else:
            show_table([(step.what, str(step.cost), f"{step.score:.4f}", "yes" if step.meets else "no") for step in found.steps],
                       ("model", "cost", "score", "meets"))  # fmt: skip
            note(str(found).splitlines()[-1])
        if not found.ok:
            raise typer.Exit(NOT_EQUAL)
