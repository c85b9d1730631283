"""The C++ of Gaussian models.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...cpp import Check, Function, Golden, Part, Table, lines, literal
from .bounds import errors
from .fixed import FixedGaussian, parts
from .passes import as_raw
from .record import ARITHMETICS, DEVICE_NAMES, Gaussian
from .whitened import Whitened
from .whitened import parts as parts_of_triangles

#: The largest golden row, in float operations: clang stops constant evaluation after 2^20 steps.
_GOLDEN_OPERATIONS = 60_000

#: Float operations per product and word pair, measured on clang's steps.
_OPERATIONS = {"plain_float": 5, "two_float": 60}


def emit(record: Gaussian | FixedGaussian) -> Part:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, FixedGaussian):
        return _emit_fixed(record)
    tables = tuple(Table(name, values, _comments(record)[name]) for name, values in record.tables.items())
    operations = record.n_components * record.n_terms * _OPERATIONS[record.arithmetic]
    return Part(
        task=record.task,
        functions=tuple(Function(op, _body(record, op), constant=op == "predict") for op in record.ops),
        includes=("emlearn/gaussian/distance.hpp" if record.is_detector else "emlearn/gaussian.hpp",),
        tables=tables,
        declarations=_declarations(record),
        checks=(_check(tables),),
        golden=_golden(record, record.values("mean"), operations),
    )


def _emit_fixed(record: FixedGaussian) -> Part:
    constants = {"n_features": record.n_features, "n_components": record.n_components}
    header, valid, found = "fixed", "valid", parts(record)
    if isinstance(record, Whitened):
        constants |= {"n_matrices": record.n_matrices, "shift": record.shift}
        header, valid, found = "whitened", "valid_triangles", parts_of_triangles(record)
    tables = tuple(Table(*part) for part in found)
    types = [(table.name, table.c_type) for table in tables]
    declarations = lines(
        f"using form = ::emlearn::gaussian::fixed::{record.form};",
        "template <class T = void> struct components {",
        [f"  static constexpr int {name}() {{ return {value}; }}" for name, value in constants.items()],
        f"  static constexpr float unit() {{ return {literal(record.unit, 'float32')}; }}",
        [f"  static constexpr const {kind}* {name}() {{ return tables<T>::{name}; }}" for name, kind in types],
        "};",
    )
    lengths = ", ".join(f"sizeof(tables<>::{name}) / sizeof({kind})" for name, kind in types)
    return Part(
        task=record.task,
        functions=tuple(Function(op, _body_fixed(record, op), constant=op == "predict") for op in record.ops),
        includes=(f"emlearn/gaussian/{header}.hpp",),
        tables=tables,
        declarations=declarations,
        checks=(
            Check(
                f"::emlearn::gaussian::fixed::{valid}<form>(components<>(), {lengths})",
                "a table of a Gaussian model is damaged",
                sum(table.n_bytes for table in tables),
            ),
        ),
        golden=_golden(record, record.unrounded.mean, record.n_products * _OPERATIONS["plain_float"]),
    )


def _body_fixed(record: FixedGaussian, op: str) -> str:
    is_triangular, is_predict = isinstance(record, Whitened), op == "predict"
    arguments = ["components<>()", "x", *([] if is_predict else ["out"]), "scratch", *(["offsets"] if is_triangular else [])]
    name = DEVICE_NAMES[record.is_detector].get(op, "sums" if is_predict else op)
    return lines(
        f"form::sum scratch[{record.n_components}] = {{}};",
        [f"int16_t offsets[{record.n_features}] = {{}};"] if is_triangular else [],
        f"{'return ' if is_predict else ''}::emlearn::gaussian::fixed::{name}<form, Reader>({', '.join(arguments)});",
    )


def _comments(record: Gaussian) -> dict[str, str]:
    words = ", as high and low word" if ARITHMETICS[record.arithmetic] == 2 else ""
    shape = {
        "diag": "1 / (sqrt(2) standard deviation) per component and feature",
        "spherical": "1 / (sqrt(2) standard deviation) per component",
        "full": f"Cholesky factor of the precision{'' if record.is_detector else ' / sqrt(2) per component'}, upper triangle by columns",
        "tied": "Cholesky factor of the precision / sqrt(2) of all components, upper triangle by columns",
    }[record.covariance]
    return {
        "shift": f"minus the mean, per component and feature{words}",
        "scale": shape + words,
        "cost": f"{'minus the limit' if record.is_detector else 'log(normalisation) - log(weight), per component'}{words}",
    }


def _declarations(record: Gaussian) -> str:
    return lines(
        f"using covariance = ::emlearn::gaussian::{record.covariance};",
        f"using arithmetic = ::emlearn::{record.arithmetic};",
        "template <class T = void> struct components {",
        f"  static constexpr int n_features() {{ return {record.n_features}; }}",
        f"  static constexpr int n_components() {{ return {record.n_components}; }}",
        [f"  static constexpr const float* {name}() {{ return tables<T>::{name}; }}" for name in _comments(record)],
        "};",
    )


def _body(record: Gaussian, op: str) -> str:
    joints = 0 if op == "predict" or record.is_detector else record.n_components
    numbers = joints + (record.n_features if record.is_triangular else 0)
    arguments = ["components<>()", "x"] + ([] if op == "predict" else ["out"]) + ["scratch" if numbers else "nullptr"]
    name = DEVICE_NAMES[record.is_detector].get(op, op)
    call = f"::emlearn::gaussian::{name}<covariance, arithmetic, Reader>({', '.join(arguments)});"
    return lines(
        [f"arithmetic::number scratch[{numbers}] = {{}};"] if numbers else [],
        f"return {call}" if op == "predict" else call,
    )


def _check(tables: tuple[Table, ...]) -> Check:
    lengths = ", ".join(f"sizeof(tables<>::{table.name}) / sizeof(float)" for table in tables)
    expression = f"::emlearn::gaussian::valid<covariance, arithmetic>(components<>(), {lengths})"
    return Check(expression, "a table of means, scales or costs is damaged", sum(table.n_bytes for table in tables))


def _golden(record: Gaussian | FixedGaussian, mean: np.ndarray, operations: int) -> tuple[Golden, ...]:
    """Means of up to two components that no rounding can take for another one's."""
    if operations > _GOLDEN_OPERATIONS or "predict" not in record.ops:
        return ()
    rows = as_raw(mean, record.input)
    joint, arithmetic, table, peer = errors(record, rows)
    error = arithmetic + table + peer
    if record.is_detector:
        return tuple(Golden(row, 1) for row in rows[joint[:, 0] > 4 * error[:, 0]])
    best = np.argmax(joint, axis=1)
    worst = np.where(np.arange(record.n_components) == best[:, np.newaxis], -np.inf, joint + 4 * error)
    row = np.arange(len(rows))
    lead = joint[row, best] - 4 * error[row, best] - np.max(worst, axis=1, initial=-np.inf)
    spread = np.max(np.abs(joint), axis=1)
    good = [i for i in np.argsort(-lead, kind="stable") if lead[i] > 1 and spread[i] < 1e30]
    chosen: dict[int, int] = {}
    for i in good:
        chosen.setdefault(int(best[i]), int(i))
    return tuple(Golden(rows[i], answer) for answer, i in sorted(list(chosen.items())[:2]))
