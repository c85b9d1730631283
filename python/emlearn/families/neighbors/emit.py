"""The C++ of models that compare a row with points.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ...cpp import Check, Function, Golden, Part, Table, lines, literal
from ...gaps import gap_of_best
from ...golden import of_two_answers
from .bounds import margin
from .record import Centroids, Density, Nearest, Points, Within
from .reference import reference

_SPACE = "::emlearn::neighbors::"

#: The largest golden row, in differences: clang stops constant evaluation after 2^20 steps.
_GOLDEN_DIFFERENCES = 10_000


def emit(record: Points) -> Part:
    """See :class:`emlearn.registry.Family`."""
    tables = [Table("points", record.points, "one row per point")]
    if len(record.weights):
        tables.append(Table("weights", record.weights, "per feature: units per raw count"))
    point = tables[0].c_type
    checks = [_check(record, tables)]
    if isinstance(record, Centroids):
        functions, more = _centroids(record)
        include = "emlearn/neighbors.hpp"
        if len(record.children) and "predict" in record.ops:
            call = f"{_SPACE}valid_tree(tables<>::children, {len(record.children)}, {record.task.n_classes[0]})"
            checks.append(Check(call, "the tree of centres is damaged", record.children.nbytes))
    else:
        assert isinstance(record, Nearest | Within)
        if isinstance(record, Within):
            (functions, more), include = _within(record), "emlearn/neighbors/radius.hpp"
        else:
            functions, more = _density(record) if isinstance(record, Density) else _nearest(record)
            include = "emlearn/neighbors/search.hpp"
        if record.task.kind == "classifier":
            sizes = f"{len(record.labels)}, {len(record.points)}, {record.task.width('predict_proba')}"
            call = f"{_SPACE}valid_labels(tables<>::labels, {sizes})"
            checks.append(Check(call, "a class is out of range", record.labels.nbytes))
    declarations = lines(
        f"using metric = {_SPACE}{record.metric};",
        f"using arithmetic = {_SPACE}{record.arithmetic};",
        "template <class T = void> struct model_points {",
        f"  static constexpr int n_features() {{ return {record.n_features}; }}",
        f"  static constexpr long n_points() {{ return {len(record.points)}; }}",
        f"  static constexpr float unit() {{ return {literal(np.float32(record.unit), 'float32')}; }}",
        f"  static constexpr const {point}* points() {{ return tables<T>::points; }}",
        f"  static constexpr const float* weights() {{ return {'tables<T>::weights' if len(record.weights) else 'nullptr'}; }}",
        "};",
    )
    return Part(
        task=record.task,
        functions=functions,
        includes=(include,),
        tables=(*tables, *more),
        declarations=declarations,
        checks=tuple(checks),
        golden=_golden(record),
    )


def _check(record: Points, tables: list[Table]) -> Check:
    expression = f"{_SPACE}valid(model_points<>(), {record.points.size}, {len(record.weights)})"
    return Check(expression, "a table of points is damaged", sum(table.n_bytes for table in tables))


def _centroids(record: Centroids) -> tuple[tuple[Function, ...], tuple[Table, ...]]:
    if "predict" not in record.ops:
        return _far(record)
    more, nearest = [], f"{_SPACE}nearest<metric, arithmetic, Reader>(model_points<>(), x, 0, {len(record.points)})"
    if len(record.labels):
        more.append(Table("labels", _narrow(record.labels), "the answer of each point"))
        predict = f"return Reader::read(tables<>::labels + {nearest});"
    elif len(record.children):
        more.append(Table("children", record.children, "per point: the node that compares on, or ~cluster"))
        predict = f"return {_SPACE}descend<metric, arithmetic, Reader>(model_points<>(), x, tables<>::children);"
    else:
        predict = f"return {nearest};"
    functions = (Function("predict", predict, constant=True),)
    if not record.distances:
        return functions, tuple(more)
    far, rows = _far(record)
    return (*functions, *far), (*more, *rows)


def _far(record: Centroids) -> tuple[tuple[Function, ...], tuple[Table, ...]]:
    """The distances to the centres."""
    rows = (Table("rows", record.rows, "the point of each cluster"),) if len(record.rows) else ()
    at = "Reader::read(tables<>::rows + k)" if rows else "k"
    columns = record.task.width("transform")
    loop = f"for (int k = 0; k < {columns}; ++k) out[k] = {_SPACE}far<metric, arithmetic, Reader>(model_points<>(), {at}, x);"
    return (Function("transform", loop),), rows


def _nearest(record: Nearest) -> tuple[tuple[Function, ...], tuple[Table, ...]]:
    found = (
        f"{_SPACE}neighbor<arithmetic::sum> found[{record.k}] = {{}};",
        f"{_SPACE}search<metric, arithmetic, Reader>(model_points<>(), x, {record.k}, found);",
    )
    how = f"metric, {_SPACE}{'by_distance' if record.by_distance else 'uniform'}, Reader"
    common = f"found, {record.k}, model_points<>::unit(), tables<>::"
    if not record.task.is_discrete:
        n = record.values.shape[1]
        mean = f"{_SPACE}mean<{how}>({common}values, {n}, out);"
        body = lines(found, mean) if n > 1 else lines("float out[1];", found, mean, "return out[0];")
        return (Function("predict", body),), (Table("values", record.values, "the target of each point"),)
    n = record.task.n_classes[0]
    shares = f"{_SPACE}shares<{how}>({common}labels, {n}, out);"
    if record.by_distance:
        predict = Function("predict", lines(f"float out[{n}];", found, shares, f"return {_SPACE}largest(out, {n});"))
    else:
        vote = f"return {_SPACE}majority<Reader>(found, {record.k}, tables<>::labels, {n}, votes);"
        predict = Function("predict", lines(f"int votes[{n}] = {{}};", found, vote), constant=True)
    return (predict, Function("predict_proba", lines(found, shares))), (Table("labels", record.labels, "the class of each point"),)


def _within(record: Within) -> tuple[tuple[Function, ...], tuple[Table, ...]]:
    kind = "float32" if not record.arithmetic.startswith("whole") else "uint32" if "32" in record.arithmetic else "uint64"
    weight = f"{_SPACE}{'each_by_distance' if record.by_distance else 'each_alike'}"
    common = f"model_points<>(), x, {literal(record.limit, kind)}, tables<>::"
    if not record.task.is_discrete:
        n = record.values.shape[1]
        rest = [f"out[{j}] = {literal(value, 'float32')};" for j, value in enumerate(record.nothing)]
        mean = f"if (!{_SPACE}mean_within<metric, {weight}, arithmetic, Reader>({common}values, {n}, out)) {{ {' '.join(rest)} }}"
        body = mean if n > 1 else lines("float out[1];", mean, "return out[0];")
        return (Function("predict", body),), (Table("values", record.values, "the target of each point"),)
    n = record.task.width("predict_proba")
    shares = f"{_SPACE}shares_within<metric, {weight}, arithmetic, Reader>({common}labels, {n}, out)"
    rest = [f"out[{c}] = {'1.0f' if c == record.shown else '0.0f'};" for c in range(n)]
    proba = Function("predict_proba", f"if (!{shares}) {{ {' '.join(rest)} }}")
    if record.by_distance:
        predict = Function("predict", lines(f"float out[{n}];", f"return {shares} ? {_SPACE}largest(out, {n}) : {record.none};"))
    else:
        vote = f"return {_SPACE}majority_within<metric, arithmetic, Reader>({common}labels, {n}, {record.none}, votes);"
        predict = Function("predict", lines(f"int votes[{n}] = {{}};", vote), constant=True)
    return (predict, proba), (Table("labels", record.labels, "the class of each point"),)


def _density(record: Density) -> tuple[tuple[Function, ...], tuple[Table, ...]]:
    found = (
        f"{_SPACE}neighbor<arithmetic::sum> found[{record.k}] = {{}};",
        f"{_SPACE}search<metric, arithmetic, Reader>(model_points<>(), x, {record.k}, found);",
        f"const float score = {_SPACE}outlying<metric, Reader>(found, {record.k}, model_points<>::unit(), tables<>::values);",
    )
    decision = f"score - {literal(np.float32(record.offset), 'float32')}" if record.offset >= 0 else ""
    decision = decision or f"score + {literal(np.float32(-record.offset), 'float32')}"
    functions = (
        Function("predict", lines(found, f"return {decision} < 0.0f ? -1 : 1;")),
        Function("decision_function", lines(found, f"out[0] = {decision};")),
        Function("score_samples", lines(found, "out[0] = score;")),
    )
    return functions, (Table("values", record.values, "per point: its distance to its own k-th neighbour, its density"),)


def _narrow(labels: np.ndarray) -> np.ndarray:
    return labels.astype(np.uint8 if labels.max() < 256 else np.uint16 if labels.max() < 65536 else np.int32)


def _golden(record: Points) -> tuple[Golden, ...]:
    """Up to two of the points, with different answers, whose answer no rounding can change."""
    if "predict" not in record.ops:
        return ()
    votes = isinstance(record, Nearest | Within) and (record.by_distance or record.task.kind != "classifier")
    if votes or record.points.size > _GOLDEN_DIFFERENCES or record.metric.startswith("minkowski"):
        return ()
    rows = record.exact_points[:: max(1, len(record.points) // 64)]
    if np.issubdtype(record.input, np.integer):
        limits = np.iinfo(record.input)
        rows = np.clip(np.rint(rows), limits.min, limits.max)
    rows = rows.astype(record.input)
    sure = margin(record, rows)[:, 0] < 1e-3
    if isinstance(record, Nearest | Within):  # no tie of votes either
        sure &= gap_of_best(reference(record, "predict_proba", rows)) > 0.1
    answers = reference(record, "predict", rows)[:, 0]
    return of_two_answers(rows, answers, sure)
