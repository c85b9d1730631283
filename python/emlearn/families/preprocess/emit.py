"""Preprocess to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from .record import Preprocess

_N = "::emlearn::preprocess::"


def emit(record: Preprocess) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    constant = record.kind in ("binarize", "polynomial", "missing", "categories", "bins")
    return cpp.Part(
        task=record.task,
        functions=(cpp.Function("transform", _call(record) + ";", constant=constant),),
        includes=_includes(record),
        tables=_tables(record),
    )


def _includes(record: Preprocess) -> tuple[str, ...]:
    own = record.kind if record.kind in ("splines", "chi2") else "curves" if record.is_curve else ""
    return (f"emlearn/preprocess/{own}.hpp",) if own else ("emlearn/functions.hpp", "emlearn/preprocess.hpp")


def _tables(record: Preprocess) -> tuple[cpp.Table, ...]:
    if record.kind in ("polynomial", "missing"):
        narrow = np.uint8 if record.n_features < 256 else np.uint16
        comment = f"{record.terms.shape[1]} factors per output; {record.n_features} is 1" if record.kind == "polynomial" else ""
        return (cpp.Table("terms", record.terms.astype(narrow), comment),)
    if record.kind == "power":
        return (cpp.Table("powers", record.values, "two per feature: from 0 on, below" if record.is_signed else ""),)
    if record.kind == "standardized":
        signs = "; of values from 0 on, and below" if record.is_signed else ""
        return (cpp.Table("rows", record.values, f"each middle, power, factor, offset{signs}"),)
    if record.kind == "quantiles":
        knots = cpp.Table("values", record.values, "one feature after the other"), cpp.Table("starts", record.starts)
        return (*knots, cpp.Table("ranks", record.columns, "two per value: before it and behind it"))
    if record.kind == "splines":
        slopes = cpp.Table("slopes", record.codes, "per feature: of its columns below, and above")
        return (cpp.Table("knots", record.values, "one feature after the other"), *((slopes,) if len(record.codes) else ()))
    if record.kind == "chi2":
        return (cpp.Table("values", record.values, "sizes, then turns"),)
    if not record.is_coded:
        return ()
    tables = [cpp.Table("values", record.values, "one feature after the other"), cpp.Table("starts", record.starts)]
    codes = cpp.Table("codes", record.codes) if len(record.codes) else cpp.Table("columns", record.columns, "65535: none")
    return (*tables, codes)


def _call(record: Preprocess) -> str:
    n, m = record.n_features, record.task.n_outputs
    if record.kind == "function":
        return f"{_N}map< ::emlearn::functions::{record.name}>(x, {n}, out)"
    if record.kind == "binarize":
        return f"{_N}binarize(x, {n}, {cpp.literal(record.values[0], 'float32')}, out)"
    if record.kind == "normalize":
        return f"{_N}normalize<{_N}norm::{record.name}>(x, {n}, {cpp.literal(record.values[0], 'float32')}, out)"
    if record.kind == "polynomial":
        return f"{_N}polynomial<Reader>(x, tables<>::terms, {n}, {m}, {record.terms.shape[1]}, out)"
    if record.kind == "missing":
        return f"{_N}missing<Reader>(x, tables<>::terms, {m}, out)"
    if record.kind == "power":
        return f"{_N}{record.name}<Reader>(x, tables<>::powers, {n}, out)"
    if record.kind == "standardized":
        return f"{_N}standardized<Reader>(x, tables<>::rows, {'true' if record.is_signed else 'false'}, {n}, out)"
    if record.kind == "quantiles":
        tables = "tables<>::values, tables<>::starts, tables<>::ranks"
        return f"{_N}quantiles<{_N}{record.name}, Reader>(x, {tables}, {record.terms[0, 0]}, {n}, out)"
    if record.kind == "splines":
        slopes = "tables<>::slopes" if len(record.codes) else "static_cast<const float*>(nullptr)"
        sizes = f"{n}, {len(record.values) // n}, {record.terms[0, 0]}, {m // n}"
        return f"{_N}splines<{_N}beyond::{record.name}, Reader>(x, tables<>::knots, {slopes}, {sizes}, out)"
    if record.kind == "chi2":
        return f"{_N}chi2<Reader>(x, tables<>::values, {n}, {(len(record.values) + 1) // 2}, out)"
    find = f"{_N}{'bin' if record.kind == 'bins' else 'category'}"
    tables = "x, tables<>::values, tables<>::starts"
    if len(record.codes):
        return f"{_N}ordinal<Reader, {find}>({tables}, tables<>::codes, {n}, out)"
    return f"{_N}one_hot<Reader, {find}>({tables}, tables<>::columns, {n}, {m}, out)"
