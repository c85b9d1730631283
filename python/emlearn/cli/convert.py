"""``emlearn convert``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidInputError
from . import rows, source
from .shell import note, plain_errors, show, show_json

EXAMPLES = """
\b
Examples:
  emlearn convert gesture.skops -o gesture.hpp
  emlearn convert gesture.joblib --trust -o gesture.hpp --input int16 --input-scale 0.00048828125 --bundle
  emlearn convert gesture.skops -o gesture.hpp --self-test golden.csv
  emlearn convert gesture.skops -o gesture.hpp --optimize size --leaf-bits auto --calibration rows.csv
  emlearn convert digits.skops -o digits.hpp --input int16 --numeric int8 --calibration rows.csv
"""


def convert(
    model_file: source.ModelFile,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The header, .hpp or .h; without it the text goes to stdout.")
    ] = None,
    name: source.Name = None,
    input_type: source.InputType = "float32",
    input_scale: source.InputScale = "1",
    input_offset: source.InputOffset = "0",
    missing: source.Missing = None,
    optimize: source.Optimize = "balanced",
    numeric: source.Numeric = "exact",
    leaf_bits: Annotated[
        str | None,
        typer.Option("--leaf-bits", metavar="BITS", help="Smaller leaves of trees, lossy: 1 to 16 bits, 32 for float32, auto."),
    ] = None,
    max_points: Annotated[
        int | None,
        typer.Option("--max-points", metavar="N", help="Fewer training rows (neighbours) or support vectors (radial kernels), lossy."),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            metavar="X",
            help="Raw rows, CSV or .npy, for --numeric; on which --leaf-bits, --max-points measure their loss.",
        ),
    ] = None,
    target_column: Annotated[
        list[str] | None,
        typer.Option(
            "--target-column", metavar="NAME", help="A column of these rows to leave out: its name, or number from 1 (-1: the last)."
        ),
    ] = None,
    bundle: source.Bundle = False,
    self_test: Annotated[
        Path | None,
        typer.Option("--self-test", metavar="X", help="Raw rows, CSV or .npy: adds int self_test(), which checks them on the device."),
    ] = None,
    trust: source.Trust = False,
    json: source.Json = False,
) -> None:
    """Convert an estimator to one C++ header."""
    with plain_errors():
        if output is not None and output.suffix not in (".h", ".hpp"):
            raise InvalidInputError(f"-o {output}: a header's name ends in .hpp or .h, such as {output.stem or 'model'}.hpp")
        model = source.load(
            model_file,
            trust,
            input=input_type,
            input_scale=input_scale,
            input_offset=input_offset,
            missing=missing,
            optimize=optimize,
            numeric="exact" if calibration is not None else numeric,
            leaf_bits=None if calibration is not None else _bits(leaf_bits),
            max_points=None if calibration is not None else max_points,
        )
        model = rows.calibrated(model, calibration, target_column, numeric=numeric, leaf_bits=_bits(leaf_bits), max_points=max_points)
        if self_test is None:
            text = model.save(output, name, bundle=bundle)
        else:
            golden = rows.unlabelled(model, self_test, target_column)
            with rows.placed(model, golden) as X:
                text = model.save(output, name, bundle=bundle, self_test=X)
        if json:
            written = {"file": str(output)} if output is not None else {"text": text}
            chosen = name or (output.stem if output is not None else "model")
            show_json({"name": chosen, "bundle": bundle, "header_bytes": len(text.encode()), **written, **source.identity(model)})
        elif output is None:
            show(text)
        else:
            report = model.report()
            show(f"{output}: {report.total_bytes:,} bytes of tables; {', '.join(report.ops)}")
            if not bundle:
                note("compile with -I$(python -c 'import emlearn; print(emlearn.get_include())'), or convert with --bundle")


def _bits(text: str | None) -> int | str | None:
    """What ``leaf_bits=`` is given, which checks it."""
    return int(text) if text is not None and text.isdecimal() else text
