"""The arguments of every command that takes a model file, and the model that they give.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..inputs import C_TYPES
from ..model import Model
from ..options import NUMERIC, OPTIMIZE
from .shell import note, numbers, working

ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A .skops, XGBoost, LightGBM or CatBoost file; with --trust also a pickle or joblib file.")
]
Trust = Annotated[bool, typer.Option("--trust", help="The file's source is trusted: loading it may run any code that it holds.")]
InputType = Annotated[str, typer.Option("--input", metavar="TYPE", help=f"The raw features' type on the device: {', '.join(C_TYPES)}.")]
InputScale = Annotated[
    str, typer.Option("--input-scale", metavar="NUMBER[,...]", help="feature = raw * scale + offset; one number, or one per feature.")
]
InputOffset = Annotated[str, typer.Option("--input-offset", metavar="NUMBER[,...]", help="See --input-scale.")]
Missing = Annotated[
    int | None, typer.Option("--missing", metavar="RAW", help="With an integer type: the raw value that stands for a missing one.")
]
Optimize = Annotated[str, typer.Option("--optimize", metavar="WHAT", help=f"What to spend least of: {', '.join(OPTIMIZE)}.")]
Numeric = Annotated[
    str,
    typer.Option("--numeric", metavar="WHAT", help=f"Arithmetic on the device: {', '.join(NUMERIC)}; all but exact need --calibration."),
]
Calibration = Annotated[
    Path | None,
    typer.Option("--calibration", metavar="X", help="Raw rows, CSV or .npy, such as the training's, for --numeric."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write the header (.h or .hpp).")]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="The C++ namespace. [default: the file's stem, or model]")]
Bundle = Annotated[bool, typer.Option("--bundle", help="Paste in the library: the header needs no include path (Arduino).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def load(path: Path, trust: bool, **options: Any) -> Model:
    """The converted model of an estimator's file; `options` are those of the shell."""
    from ..convert import convert
    from ..modelfiles import load_estimator  # which brings scikit-learn

    for key in ("input_scale", "input_offset"):
        if key in options:
            options[key] = numbers(f"--{key.replace('_', '-')}", options[key])
    with working(f"reading {path}"):
        loaded = load_estimator(path, trust)
    for text in loaded.notes:
        note(text)
    with working("converting"):
        return convert(loaded.estimator, **options)


def identity(model: Model) -> dict[str, Any]:
    """What a model is, for JSON."""
    facts: dict[str, Any] = model.report().to_dict()
    facts["n_features"] = model.input.n_features
    facts["feature_names"] = list(model.head.feature_names)
    facts["classes"] = [labels.tolist() for labels in model.head.classes]
    return facts
