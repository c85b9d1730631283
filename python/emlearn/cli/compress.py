"""``emlearn compress``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from . import rows, source
from .shell import note, plain_errors, show_json, show_table, working

EXAMPLES = """
\b
Examples:
  emlearn compress gesture.skops --data X.csv -o gesture.hpp
  emlearn compress model.ubj --data all.csv --target-column label --max-loss 0.02 --input int16 -o model.hpp
"""


def compress(
    model_file: source.ModelFile,
    data: rows.Data,
    output: source.Output = None,
    name: source.Name = None,
    bundle: source.Bundle = False,
    max_loss: Annotated[
        float, typer.Option("--max-loss", metavar="SHARE", help="What may be lost: of the score with labels, else of the answers.")
    ] = 0.01,
    target_column: rows.TargetColumn = None,
    labels: rows.Labels = None,
    header: rows.Header = None,
    input_type: source.InputType = "float32",
    input_scale: source.InputScale = "1",
    input_offset: source.InputOffset = "0",
    missing: source.Missing = None,
    trust: source.Trust = False,
    json: source.Json = False,
) -> None:
    """Make boosted trees, a decision tree or a forest smaller within a stated loss: fewer splits, narrower thresholds, fewer values.

    This changes the model. The loss is that on every third row of the data; the others make the new trees.
    """
    from ..compression import compress as compress_model  # which brings scikit-learn

    with plain_errors():
        model = rows.converted(
            model_file, trust, input=input_type, input_scale=input_scale, input_offset=input_offset, missing=missing, optimize="size"
        )
        read, y = rows.load(model, data, target_column, labels, header)
        with working("compressing"), rows.placed(model, read) as X:
            found = compress_model(model, X if y is None else (X, y), max_loss=max_loss)
        if output is not None:
            found.model.save(output, name, bundle=bundle)
        if json:
            facts = {name: getattr(found, name) for name in ("loss", "changed", "worst", "table_bytes", "given_bytes", "ratio")}
            steps = [dataclasses.asdict(step) for step in found.steps]
            show_json({"model": str(model_file), "data": str(data), **facts, "chosen": found.model.head.estimator, "steps": steps})
            return
        show_table([(f"{step.table_bytes:,}", f"{step.loss:.4f}", step.what) for step in found.steps], ("bytes", "loss", "model"))
        for line in str(found).splitlines():
            note(line)
