"""Builds a model's firmware, runs it, and brings its answers and costs back.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InvalidInputError
from . import catalog, host
from .build import build
from .catalog import Target
from .sources import Operation, program
from .tools import Tool, require

if TYPE_CHECKING:
    from ..model import Model


def run(
    name: str,
    model: Model,
    raw: np.ndarray,
    ops: Sequence[str] | None = None,
    *,
    compiler: str | None = None,
    std: str | None = None,
    flags: Sequence[str] = (),
    seconds: float = 300,
) -> dict[str, np.ndarray]:
    """The answers of the emitted header, compiled for a target and run on it.

    Parameters
    ----------
    name : str
        A key of :data:`TARGETS`.
    model : Model
    raw : array-like of shape (n_samples, n_features)
        Raw values of the model's input type.
    ops : sequence of str, optional
        Operations; all that the model offers by default.
    compiler, std : str, optional
        Another compiler of the same kind, another language standard.
    flags : sequence of str
        Further flags for it.
    seconds : float
        The longest that the rows may take.

    Returns
    -------
    dict of str to ndarray of shape (n_samples, width)
        int32 for a ``predict`` that answers indices, else float32 with the chip's own bits.

    Raises
    ------
    ToolMissingError, CompileError, TooLargeError, DeviceError
    """
    target, rows, chosen = catalog.find(name), model.input.check(raw), _operations(model, ops)
    folder = _built(target, program(model, chosen, target.port), compiler, std, flags)
    answers = host.run(folder / "program", rows.tobytes(), len(rows), _row_type(target, chosen).itemsize, seconds)
    return _split(target, chosen, answers)


def _operations(model: Model, ops: Sequence[str] | None) -> tuple[Operation, ...]:
    names = tuple(model.record.ops if ops is None else ops)
    unknown = [name for name in names if name not in model.record.ops]
    if unknown or not names:
        raise InvalidInputError(f"ops={names!r}: this {model.record.task.kind} offers {', '.join(model.record.ops)}")
    return tuple(Operation.of(model, name) for name in names)


def _built(target: Target, files: dict[str, str], compiler: str | None, std: str | None, flags: Sequence[str]) -> Path:
    from ..paths import get_include

    tools = [Tool(compiler, f"apt-get install {compiler}")] if compiler else target.tools
    require(target.name, tools)
    command = [compiler or target.compiler, *target.flags, f"-std={std or target.std}", *flags, f"-I{get_include()}"]
    sources = [name for name in files if name.endswith(".cpp")]
    return build(files, [*command, *sources, "-o", "program", "-lm"])


def _row_type(target: Target, ops: Sequence[Operation]) -> np.dtype:
    """The answers to one row, one operation after the other."""
    return np.dtype([(op.name, op.dtype(target.int_bytes), (op.width,)) for op in ops])


def _split(target: Target, ops: Sequence[Operation], answers: bytes) -> dict[str, np.ndarray]:
    table = np.frombuffer(answers, dtype=_row_type(target, ops))
    return {op.name: table[op.name].astype(np.float32 if op.value == "float" else np.int32) for op in ops}
