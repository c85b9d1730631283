"""Chains and parallels to C++: members in nested namespaces, and functions that join their answers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from ... import cpp
from ...record import Answers, Chain, Parallel, Record
from ...registry import family_of


def emit(record: Record) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, Chain):
        return _chain(record)
    if isinstance(record, Answers):
        return _answers(record)
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
    """Two buffers of each type take turns, so that a chain of any length needs no more."""
    sizes: dict[tuple[str, str], int] = {}
    calls, source = [], "x"
    for n, (stage, (name, part)) in enumerate(zip(record.stages[:-1], children, strict=False)):
        kind = cpp.Signature.of(stage.task, feeds := stage.feeds(op)).out
        buffer = f"{'buffer' if kind == 'float' else 'digits'}{n % 2}"
        sizes[kind, buffer] = max(sizes.get((kind, buffer), 0), stage.task.width(feeds))
        calls.append(cpp.call(name, part.task, feeds, source, buffer) + ";")
        source = buffer
    statements = [f"{kind} {buffer}[{size}];" for (kind, buffer), size in sorted(sizes.items(), key=lambda item: item[0][1])] + calls
    name, part = children[-1]
    returns = "return " if not cpp.Signature.of(record.task, op).out else ""
    statements.append(f"{returns}{cpp.call(name, part.task, op, source)};")
    return cpp.Function(op, cpp.lines(statements))


def _parallel(record: Parallel) -> cpp.Part:
    children = tuple((f"member{n}", family_of(member).emit(member)) for n, member in enumerate(record.members))
    make = {"mean": _mean, "vote": _vote, "concat": _concat, "outputs": _outputs}[record.join]
    includes = ("emlearn/join.hpp",)
    return cpp.Part(task=record.task, functions=make(record, children), includes=includes, children=children)


def _mean(record: Parallel, children: tuple[tuple[str, cpp.Part], ...]) -> tuple[cpp.Function, ...]:
    if record.task.kind == "regressor":
        return (_mean_value(record, children),)
    n = record.task.n_classes[0]
    statements = [f"for (uint16_t c = 0; c != {n}; ++c) out[c] = 0.0f;", f"float member[{n}];"]
    for (name, part), weight in zip(children, record.weights, strict=True):
        statements.append(cpp.call(name, part.task, "predict_proba", "x", "member") + ";")
        statements.append(f"::emlearn::join::add(member, {cpp.literal(weight, 'float32')}, out, {n});")
    predict = [f"float mean[{n}];", "predict_proba<Reader>(x, mean);", f"return ::emlearn::join::largest(mean, {n});"]
    return cpp.Function("predict_proba", cpp.lines(statements)), cpp.Function("predict", cpp.lines(predict))


def _mean_value(record: Parallel, children: tuple[tuple[str, cpp.Part], ...]) -> cpp.Function:
    n = record.task.n_outputs
    terms = list(zip(children, (cpp.literal(weight, "float32") for weight in record.weights), strict=True))
    if n == 1:
        sums = [f"sum = sum + {weight} * {cpp.call(name, part.task, 'predict')};" for (name, part), weight in terms]
        return cpp.Function("predict", cpp.lines("float sum = 0.0f;", sums, "return sum;"))
    statements = [f"for (uint16_t c = 0; c != {n}; ++c) out[c] = 0.0f;", f"float member[{n}];"]
    for (name, part), weight in terms:
        statements += [cpp.call(name, part.task, "predict", "x", "member") + ";", f"::emlearn::join::add(member, {weight}, out, {n});"]
    return cpp.Function("predict", cpp.lines(statements))


def _outputs(record: Parallel, children: tuple[tuple[str, cpp.Part], ...]) -> tuple[cpp.Function, ...]:
    functions = []
    for op in record.ops:
        statements, start = [], 0
        for name, part in children:
            if cpp.Signature.of(part.task, op).out:
                statements.append(cpp.call(name, part.task, op, "x", f"out + {start}") + ";")
            else:
                statements.append(f"out[{start}] = {cpp.call(name, part.task, op)};")
            start += part.task.width(op)
        functions.append(cpp.Function(op, cpp.lines(statements)))
    return tuple(functions)


def _answers(record: Answers) -> cpp.Part:
    children = tuple((f"member{n}", family_of(member).emit(member)) for n, member in enumerate(record.members))
    functions = tuple(cpp.Function(feed, cpp.lines(_asked(record, children, feed))) for feed in record.ops)
    return cpp.Part(task=record.task, functions=functions, children=children)


def _asked(record: Answers, children: tuple[tuple[str, cpp.Part], ...], feed: str) -> list[str]:
    statements, start = [], 0
    for member, op, columns in record.asked(feed):
        name, part = children[member]
        width = part.task.width(op)
        if not cpp.Signature.of(part.task, op).out:
            statements.append(f"out[{start}] = static_cast<float>({cpp.call(name, part.task, op)});")
        elif columns == tuple(range(width)):
            statements.append(cpp.call(name, part.task, op, "x", f"out + {start}") + ";")
        else:
            copies = [f"  out[{start + k}] = answer[{column}];" for k, column in enumerate(columns)]
            statements += ["{", f"  float answer[{width}];", f"  {cpp.call(name, part.task, op, 'x', 'answer')};", *copies, "}"]
        start += len(columns)
    return statements


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
