"""The C++ of Gaussian processes: the kernel as an expression, and the calls that make answers of it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...cpp import Check, Function, Part, Table, lines, literal
from .covariance import constant, varying
from .record import Factor, Process
from .squash import SQUASH

_HERE = "::emlearn::gaussian_process::"


def emit(record: Process) -> Part:
    """See :class:`emlearn.registry.Family`."""
    scales, places = record.scales()
    tables = [
        Table("points", record.held("points"), "training points"),
        Table("weights", record.held("weights"), "per training point"),
        Table("offset", record.held("offset")),
        Table("scales", scales, "of the kernel's factors"),
    ]
    if record.whitening.size:
        tables.append(Table("whitening", record.held("whitening"), "triangle, row by row: for the variance"))
    if record.task.kind == "classifier":
        tables.append(Table("squash", SQUASH, "the same for every model"))
    elif record.whitening.size:
        tables.append(Table("unit", record.held("unit"), "what one of the kernel's deviations means"))
    used = {table.name for table in tables}
    absent = [f"  static constexpr const float* {name}() {{ return nullptr; }}" for name in ("whitening", "unit") if name not in used]
    declarations = lines(
        _kernel(record, places),
        "template <class T = void> struct process {",
        f"  static constexpr int n_points() {{ return {len(record.points)}; }}",
        f"  static constexpr int n_outputs() {{ return {record.task.n_outputs}; }}",
        [
            f"  static constexpr const float* {t.name}() {{ return tables<T>::{t.name}; }}"
            for t in tables
            if t.name not in ("points", "scales")
        ],
        absent,
        "};",
    )
    checks = [Check(f"{_HERE}finite(tables<>::{t.name}, {t.values.size})", f"the table {t.name} is damaged", t.n_bytes) for t in tables]
    return Part(
        task=record.task,
        functions=_functions(record),
        includes=("emlearn/gaussian_process.hpp",),
        tables=tuple(tables),
        declarations=declarations,
        checks=tuple(checks),
    )


def _kernel(record: Process, places: dict[int, tuple[int, int]]) -> list[str]:
    n = record.n_features

    def scale(factor: Factor) -> str:
        start, step = places[id(factor)]
        return f"tables<T>::scales + {start}, {step}, {n}"

    def covariance(factor: Factor) -> str:
        if factor.kind == "dot":
            return f"({_HERE}product<Reader>(x, point, {scale(factor)}) + {_float(factor.parameter)})"
        more = f", {_float(factor.parameter)}" if factor.kind in ("rational", "periodic") else ""
        return f"{_HERE}{factor.kind}({_HERE}distance<Reader>(x, point, {scale(factor)}){more})"

    def itself(factor: Factor) -> str:
        return f"({_HERE}length<Reader>(x, {scale(factor)}) + {_float(factor.parameter)})"

    shared = [" * ".join([_float(t.coefficient), *map(covariance, t.factors)]) for t in record.shared]
    own = [_float(constant(record))]
    own += [" * ".join([_float(t.coefficient), *(itself(f) for f in t.factors if f.kind == "dot")]) for t in varying(record)]
    takes_point, takes_row = any(t.factors for t in record.shared), len(own) > 1
    return [
        "template <class T = void> struct covariance {",
        f"  template <class Reader, class X> float of(const X*{' x' if takes_point else ''}, int{' t' if takes_point else ''}) const {{",
        *([f"    const float* point = tables<T>::points + static_cast<ptrdiff_t>(t) * {n};"] if takes_point else []),
        f"    return {' + '.join(shared) or '0.0f'};",
        "  }",
        f"  template <class Reader, class X> float itself(const X*{' x' if takes_row else ''}) const {{ return {' + '.join(own)}; }}",
        "};",
    ]


def _float(value: float) -> str:
    return literal(np.float32(value), "float32")


def _functions(record: Process) -> tuple[Function, ...]:
    outputs, scratch = record.task.n_outputs, f"float scratch[{len(record.points)}];"
    call = f"{_HERE}means<covariance<>, Reader>(process<>(), covariance<>(), x, OUT);"
    own = (f"float mean[{outputs}];", call.replace("OUT", "mean"))
    if record.task.kind == "classifier":
        squashed = f"{_HERE}variance<covariance<>, Reader>(process<>(), covariance<>(), x, scratch)"
        proba = lines(
            own, scratch, f"out[1] = {_HERE}probability<Reader>(mean[0], {squashed}, tables<>::squash);", "out[0] = 1.0f - out[1];"
        )
        return Function("predict", lines(own, "return mean[0] > 0.0f ? 1 : 0;")), Function("predict_proba", proba)
    functions = [Function("predict", lines(own, "return mean[0];") if outputs == 1 else call.replace("OUT", "out"))]
    if record.whitening.size:
        deviations = f"{_HERE}deviations<covariance<>, Reader>(process<>(), covariance<>(), x, out, scratch);"
        functions.append(Function("predict_std", lines(scratch, deviations)))
    return tuple(functions)
