"""Chains and parallels to C++: members in nested namespaces, and functions that join their answers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from ... import cpp
from ...record import Chain, Parallel, Record
from ...registry import family_of


def emit(record: Record) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, Chain):
        return _chain(record)
    assert isinstance(record, Parallel)
    return _parallel(record)


def _chain(record: Chain) -> cpp.Part:
    children = tuple((f"stage{n}", family_of(stage).emit(stage)) for n, stage in enumerate(record.stages))
    return cpp.Part(
        task=record.task,
        functions=tuple(_chained(record, children, op) for op in record.ops),
        children=children,
    )


def _chained(record: Chain, children: tuple[tuple[str, cpp.Part], ...], op: str) -> cpp.Function:
    """Two buffers take turns, so that a chain of any length needs no more."""
    widths = [stage.task.n_outputs for stage in record.stages[:-1]]
    buffers = [max(widths[start::2], default=0) for start in (0, 1)]
    statements = [f"float buffer{n}[{size}];" for n, size in enumerate(buffers) if size]
    source = "x"
    for n, (name, part) in enumerate(children[:-1]):
        statements.append(cpp.call(name, part.task, "transform", source, f"buffer{n % 2}") + ";")
        source = f"buffer{n % 2}"
    name, part = children[-1]
    returns = "return " if not cpp.Signature.of(record.task, op).out else ""
    statements.append(f"{returns}{cpp.call(name, part.task, op, source)};")
    return cpp.Function(op, cpp.lines(statements))


def _parallel(record: Parallel) -> cpp.Part:
    children = tuple((f"member{n}", family_of(member).emit(member)) for n, member in enumerate(record.members))
    make = {"mean": _mean, "vote": _vote, "concat": _concat}[record.join]
    includes = ("emlearn/join.hpp",)
    return cpp.Part(task=record.task, functions=make(record, children), includes=includes, children=children)


def _mean(record: Parallel, children: tuple[tuple[str, cpp.Part], ...]) -> tuple[cpp.Function, ...]:
    n = record.task.n_classes[0]
    statements = [f"for (uint16_t c = 0; c != {n}; ++c) out[c] = 0.0f;", f"float member[{n}];"]
    for (name, part), weight in zip(children, record.weights, strict=True):
        statements.append(cpp.call(name, part.task, "predict_proba", "x", "member") + ";")
        statements.append(f"::emlearn::join::add(member, {cpp.literal(weight, 'float32')}, out, {n});")
    predict = [f"float mean[{n}];", "predict_proba<Reader>(x, mean);", f"return ::emlearn::join::largest(mean, {n});"]
    return cpp.Function("predict_proba", cpp.lines(statements)), cpp.Function("predict", cpp.lines(predict))


def _vote(record: Parallel, children: tuple[tuple[str, cpp.Part], ...]) -> tuple[cpp.Function, ...]:
    n = record.task.n_classes[0]
    statements = [f"{cpp.SCALAR_TYPES[record.weights.dtype.name]} votes[{n}] = {{}};"]
    for (name, part), weight in zip(children, record.weights, strict=True):
        statements.append(f"votes[{cpp.call(name, part.task, 'predict')}] += {cpp.literal(weight, record.weights.dtype)};")
    statements.append(f"return ::emlearn::join::largest(votes, {n});")
    return (cpp.Function("predict", cpp.lines(statements)),)


def _concat(record: Parallel, children: tuple[tuple[str, cpp.Part], ...]) -> tuple[cpp.Function, ...]:
    statements, start = [], 0
    for name, part in children:
        statements.append(cpp.call(name, part.task, "transform", "x", f"out + {start}") + ";")
        start += part.task.n_outputs
    return (cpp.Function("transform", cpp.lines(statements)),)
