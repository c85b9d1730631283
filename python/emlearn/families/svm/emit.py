"""The C++ of kernel machines.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...cpp import Check, Function, Part, Table, lines, literal
from .near import parts
from .products import with_starts
from .record import Machine
from .reference import device_gamma

_SPACE = "::emlearn::svm::"

#: The types of numbers and coefficients in integers, narrow and wide.
_NUMBERS = ("int16_t", "int32_t")

#: Of kernels in integers.
_CONSTANTS = {"rbf": (("uint32_t", "scale"), ("int", "lift"), ("int", "shift")), "linear": ()}
_PRODUCTS = (("int64_t", "start"), ("int", "shift"))


def emit(record: Machine) -> Part:
    """See :class:`emlearn.registry.Family`."""
    linear = record.kernel == "linear"
    integers = record.integers
    own_starts = integers is not None and len(integers.starts) > 0
    what = "weights, one row per decision" if linear else "support vectors, each behind its start" if own_starts else "support vectors"
    tables = [Table("points", with_starts(record), what)]
    weights = record.weights if integers is None or not len(integers.factors) else integers.factors
    if len(weights):
        tables.append(Table("weights", weights, "per feature: units per raw count"))
    if not linear:
        of = " and pair of classes" if _is_flat(record) else " and other class" if len(record.ends) else ""
        tables.append(Table("coefficients", _coefficients(record), f"per support vector{of}"))
    tables.append(Table("intercept", record.intercept))
    if record.is_fixed and integers is not None:
        tables.append(Table("units", integers.units, "what one of a sum means"))
    if len(record.sigmoids):
        tables.append(Table("sigmoids", record.sigmoids, "two per decision d: a and b of 1 / (1 + exp(a d + b))"))
    if len(record.ends) and not _is_flat(record):
        tables.append(Table("ends", record.ends, "where the support vectors of each class end"))
    members = [f"  static constexpr const {table.c_type}* {table.name}() {{ return tables<T>::{table.name}; }}" for table in tables]
    if not len(weights):
        members.append("  static constexpr const float* weights() { return nullptr; }")
    if integers is not None and record.kernel == "rbf":
        members += [
            f"  static constexpr uint16_t reach() {{ return {integers.reach}u; }}",
            f"  static constexpr uint32_t limit() {{ return {integers.limit}u; }}",
        ]
    if record.is_fixed and integers is not None:
        members += [
            f"  static constexpr {kind} {name}() {{ return {getattr(integers, name)}; }}"
            for kind, name in _CONSTANTS.get(record.kernel, _PRODUCTS)
        ]
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
        includes=(
            _header(record),
            *(("emlearn/svm/pairwise.hpp",) if len(record.sigmoids) else ()),
        ),
        tables=tuple(tables),
        declarations=declarations,
        checks=_checks(record),
    )


def _header(record: Machine) -> str:
    if not record.is_fixed:
        return "emlearn/svm.hpp"
    return "emlearn/svm/fixed.hpp" if record.kernel == "rbf" else "emlearn/svm/products.hpp"


def _kernel(record: Machine) -> str:
    if record.is_fixed and record.kernel != "rbf":
        start = f", {_SPACE}own_start" if record.integers is not None and len(record.integers.starts) else ""
        return f"{_SPACE}{record.kernel}_fixed<{_NUMBERS[record.is_wide]}{start}>"
    if record.arithmetic == "near":
        return f"{_SPACE}near"
    if record.is_fixed and record.integers is not None:
        kind = "near_wide" if record.is_wide else "near_fixed"
        return f"{_SPACE}{kind}<{_SPACE}{record.sums.replace('<', f'<{_SPACE}')}>"
    return f"{_SPACE}rbf< ::emlearn::neighbors::{record.arithmetic}>" if record.kernel == "rbf" else f"{_SPACE}{record.kernel}"


def _is_flat(record: Machine) -> bool:
    """Whether each vector has a coefficient for each pair, most of them zero: of three classes one more, and one loop instead of three."""
    return record.is_fixed and not record.is_wide and len(record.ends) == 3


def _coefficients(record: Machine) -> np.ndarray:
    if not _is_flat(record):
        return record.coefficients
    flat = np.zeros((len(record.points), record.n_functions), record.coefficients.dtype)
    for function, mine, column in parts(record):
        flat[mine, function] = record.coefficients[mine, column]
    return flat


def _functions(record: Machine) -> tuple[Function, ...]:
    n, classes = record.n_functions, record.task.n_classes[0] if record.role == "pairs" else 0
    total = "int64_t" if record.is_wide else "int32_t" if record.is_fixed else "float"
    if record.kernel == "linear":
        kernel = f"whole_sums<{_NUMBERS[record.is_wide]}, Reader>" if record.is_fixed else "weighted_sums<Reader>"
        call = f"{_SPACE}{kernel}(machine<>(), x, {n}, VALUES);"
    elif len(record.ends) and not _is_flat(record):
        call = f"{total} own[{classes - 1}];\n"
        call += f"{_SPACE}pairs<kernel, Reader, {classes - 1}>(machine<>(), x, {classes}, own, VALUES);"
    else:
        call = f"{_SPACE}functions<kernel, Reader, {n}>(machine<>(), x, {n}, VALUES);"
    rest = f"{_SPACE}one_against_rest(values, {classes}, "
    sums, unit = f"{total} sums[{n}];", f"{_SPACE}in_units<Reader>(sums, tables<>::units, {n}, VALUES);"
    raw: tuple[str, ...] = (f"float values[{n}];", call.replace("VALUES", "values"))
    into: tuple[str, ...] = (call.replace("VALUES", "out"),)
    own = raw
    if record.is_fixed:  # signs need no units
        raw = (sums, call.replace("VALUES", "sums"))
        into, own = (*raw, unit.replace("VALUES", "out")), (*raw, f"float values[{n}];", unit.replace("VALUES", "values"))
    zero, found = ("0", "sums") if record.is_fixed else ("0.0f", "values")
    if record.role == "value":
        one = n == 1 and record.task.kind == "regressor"
        return (Function(record.ops[0], lines(own, "return values[0];") if one else lines(into)),)
    decide = Function("decision_function", lines(own, f"{rest}out);") if record.shape == "ovr" else lines(into))
    if record.role == "detector":
        offset = literal(np.float32(record.offset), "float32")
        score = Function("score_samples", lines(into, f"out[0] += {offset};"))
        return Function("predict", lines(raw, f"return {found}[0] > {zero} ? 1 : -1;")), decide, score
    rest_of = (decide, *_probabilities(record, own))
    if record.role == "binary":
        return Function("predict", lines(raw, f"return {found}[0] < {zero} ? 0 : 1;")), *rest_of
    if record.break_ties:
        largest = (f"float scores[{classes}];", f"{rest}scores);", "int best = 0;")
        loop = f"for (int c = 1; c < {classes}; ++c)\n  if (scores[c] > scores[best]) best = c;"
        return Function("predict", lines(own, largest, loop, "return best;")), *rest_of
    if classes == 3:
        return Function("predict", lines(raw, f"return {_SPACE}winner_of_three({found});")), *rest_of
    vote = f"return {_SPACE}winner({found}, {classes}, votes);"
    return Function("predict", lines(raw, f"uint8_t votes[{classes}];", vote)), *rest_of


def _probabilities(record: Machine, own: tuple[str, ...]) -> tuple[Function, ...]:
    """From the decisions that `own` makes."""
    if not len(record.sigmoids):
        return ()
    shares, n = f"{_SPACE}shares_of_pairs<Reader>(values, tables<>::sigmoids, {record.n_functions});", record.task.n_classes[0]
    return (Function("predict_proba", lines(own, shares, f"float slope[{n}];", f"{_SPACE}couple(values, {n}, slope, out);")),)


def _checks(record: Machine) -> tuple[Check, ...]:
    checks = []
    if not record.is_fixed:
        checks = [Check(f"{_SPACE}finite(tables<>::intercept, {record.n_functions})", "the intercept is damaged", record.intercept.nbytes)]
    if record.kernel != "linear" and not record.is_fixed:
        size = record.coefficients
        checks.append(Check(f"{_SPACE}finite(tables<>::coefficients, {size.size})", "the coefficients are damaged", size.nbytes))
    if record.points.dtype == np.float32:
        checks.append(Check(f"{_SPACE}finite(tables<>::points, {record.points.size})", "the vectors are damaged", record.points.nbytes))
    if len(record.ends) and not _is_flat(record):
        call = f"{_SPACE}valid_ends(tables<>::ends, {len(record.ends)}, {len(record.points)})"
        checks.append(Check(call, "the classes' ends are damaged", record.ends.nbytes))
    return tuple(checks)
