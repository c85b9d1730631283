"""The C++ of kernel machines.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...cpp import Check, Function, Part, Table, lines, literal
from .record import Machine
from .reference import device_gamma

_SPACE = "::emlearn::svm::"


def emit(record: Machine) -> Part:
    """See :class:`emlearn.registry.Family`."""
    linear = record.kernel == "linear"
    tables = [Table("points", record.points, "weights, one row per decision" if linear else "support vectors")]
    if len(record.weights):
        tables.append(Table("weights", record.weights, "per feature: units per raw count"))
    if not linear:
        tables.append(Table("coefficients", record.coefficients, "per support vector" + (" and other class" if len(record.ends) else "")))
    tables.append(Table("intercept", record.intercept))
    if len(record.ends):
        tables.append(Table("ends", record.ends, "where the support vectors of each class end"))
    members = [f"  static constexpr const {table.c_type}* {table.name}() {{ return tables<T>::{table.name}; }}" for table in tables]
    if not len(record.weights):
        members.append("  static constexpr const float* weights() { return nullptr; }")
    declarations = lines(
        [] if linear else f"using kernel = {_kernel(record)};",
        "template <class T = void> struct machine {",
        f"  static constexpr int n_features() {{ return {record.n_features}; }}",
        f"  static constexpr long n_points() {{ return {len(record.points)}; }}",
        f"  static constexpr float gamma() {{ return {literal(device_gamma(record), 'float32')}; }}",
        f"  static constexpr float coef0() {{ return {literal(np.float32(record.coef0), 'float32')}; }}",
        f"  static constexpr int degree() {{ return {record.degree}; }}",
        members,
        "};",
    )
    return Part(
        task=record.task,
        functions=_functions(record),
        includes=("emlearn/svm.hpp",),
        tables=tuple(tables),
        declarations=declarations,
        checks=_checks(record),
    )


def _kernel(record: Machine) -> str:
    return f"{_SPACE}rbf< ::emlearn::neighbors::{record.arithmetic}>" if record.kernel == "rbf" else f"{_SPACE}{record.kernel}"


def _functions(record: Machine) -> tuple[Function, ...]:
    n, classes = record.n_functions, record.task.n_classes[0] if record.role == "pairs" else 0
    if record.kernel == "linear":
        call = f"{_SPACE}weighted_sums<Reader>(machine<>(), x, {n}, VALUES);"
    elif len(record.ends):
        call = f"{_SPACE}pairs<kernel, Reader>(machine<>(), x, {classes}, VALUES);"
    else:
        call = f"{_SPACE}functions<kernel, Reader>(machine<>(), x, {n}, VALUES);"
    into, own = call.replace("VALUES", "out"), (f"float values[{n}];", call.replace("VALUES", "values"))
    rest = f"{_SPACE}one_against_rest(values, {classes}, "
    if record.role == "value":
        return (Function("predict", lines(own, "return values[0];") if n == 1 else into),)
    decide = Function("decision_function", lines(own, f"{rest}out);") if record.shape == "ovr" else into)
    if record.role == "detector":
        offset = literal(np.float32(record.offset), "float32")
        score = Function("score_samples", lines(into, f"out[0] += {offset};"))
        return Function("predict", lines(own, "return values[0] > 0.0f ? 1 : -1;")), decide, score
    if record.role == "binary":
        return Function("predict", lines(own, "return values[0] < 0.0f ? 0 : 1;")), decide
    if record.break_ties:
        largest = (f"float scores[{classes}];", f"{rest}scores);", "int best = 0;")
        loop = f"for (int c = 1; c < {classes}; ++c)\n  if (scores[c] > scores[best]) best = c;"
        return Function("predict", lines(own, largest, loop, "return best;")), decide
    vote = f"return {_SPACE}winner(values, {classes}, votes);"
    return Function("predict", lines(own, f"uint8_t votes[{classes}];", vote)), decide


def _checks(record: Machine) -> tuple[Check, ...]:
    checks = [Check(f"{_SPACE}finite(tables<>::intercept, {record.n_functions})", "the intercept is damaged", record.intercept.nbytes)]
    if record.kernel != "linear":
        size = record.coefficients
        checks.append(Check(f"{_SPACE}finite(tables<>::coefficients, {size.size})", "the coefficients are damaged", size.nbytes))
    if record.points.dtype == np.float32:
        checks.append(Check(f"{_SPACE}finite(tables<>::points, {record.points.size})", "the vectors are damaged", record.points.nbytes))
    if len(record.ends):
        call = f"{_SPACE}valid_ends(tables<>::ends, {len(record.ends)}, {len(record.points)})"
        checks.append(Check(call, "the classes' ends are damaged", record.ends.nbytes))
    return tuple(checks)
