"""What the code of an operation is made of, read off the C++ that calls the library: no compiler is asked.

A unit is one record's operation: the lines of its text without their numbers, the kernels that it names, their template arguments, and
which limits its numbers exceed. Two units with the same terms compile to nearly the same code, whatever their tables hold. Trees that are
code themselves are counted apart, in generated.py.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from ..cpp import Part, Table
from . import generated

#: A compiler treats a constant by its size: loops of one round fall away, short ones are unrolled, large numbers take longer code.
LIMITS = (0, 1, 2, 3, 4, 8, 31, 255, 2047, 65535)

#: The same of bytes that are set to zero.
ZEROED = (4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64)

_NAME = re.compile(r"::emlearn::([\w:]+)")
_TEMPLATE = re.compile(r"::emlearn::([\w:]+)<([^<>()]*)>")
_ARGUMENTS = re.compile(r"<[^<>()]*>")
_CHILD = re.compile(r"(?<![\w:])(\w+)::(\w+)<Reader")
_OWN = re.compile(r"(?<![\w:])(\w+)<Reader")
_RETURN = re.compile(r"(\w+)\(\) \{ return ([^;]*); \}")
_ARRAY = re.compile(r"([\w:]+) \w+\[(\d+)\]( = \{\})?;")
_BLOCK = re.compile(r"^(?=[^\s}])", re.MULTILINE)
_DECLARED = re.compile(r"(?:struct|using) (\w+)(?: [={:]|;)")
_NUMBER = re.compile(r"(?<![\w.])-?\d[\w.]*(?:(?<=e)-\d+f?)?|(?<=[a-z_])\d+\b")
_REAL = re.compile(r"-?\d+\.?\d*f?")
_FIXED = re.compile(r"(?<![\w:])(\w+)<(\d+)>")
_ASSIGNED = re.compile(r"\w = -?(\d+)[uUlL]*;")
_INDEX = re.compile(r"\w\[(\d+)\](?! = \{|;)")
_TOKEN = re.compile(r"[A-Za-z_][\w:]*|\d[\w.]*|[(){}\[\],;]")
_COPIED = re.compile(r"(\w+)(?:<[^<>]*>)?\(walk<[^;]*")
_SIZES = {"float": 4, "double": 8, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "int32_t": 4, "uint32_t": 4, "uint64_t": 8}


@dataclasses.dataclass(frozen=True)
class Unit:
    """One record's operation, or several in one firmware.

    Attributes
    ----------
    family : str
        The library's namespace that it calls, ``compose`` for what joins other units.
    terms : Counter of str
        How often each occurs.
    nodes : Counter of str
        The same of generated trees, each of which adds code.
    tables : tuple of (str, int)
        Names and bytes of all of the record's tables; not every operation reads all of them.
    arrays : int
        Bytes of its local arrays.
    """

    family: str
    terms: Counter[str]
    nodes: Counter[str]
    tables: tuple[tuple[str, int], ...]
    arrays: int

    @property
    def names(self) -> set[str]:
        """The names that it calls, and their template arguments."""
        return {term for term in self.terms if "::" in term and " " not in term.partition(": ")[0]}


def units(part: Part, ops: Sequence[str], x: str) -> list[Unit]:
    """The units of a firmware that uses `ops`, members and stages first; `x` is the C type of the row."""
    bodies = {function.op: function.body for function in part.functions}
    called = dict.fromkeys(ops)
    for op in ops:
        called |= dict.fromkeys(name for name in _OWN.findall(bodies[op]) if name in bodies)
    text = "\n".join(bodies[op] for op in called)
    children = dict(part.children)
    asked: dict[str, dict[str, None]] = defaultdict(dict)
    for name, op in _CHILD.findall(text):
        if name in children:
            asked[name][op] = None
    found, inner = [], x
    for name, wanted in asked.items():
        found += units(children[name], tuple(wanted), inner)
        inner = "float" if name.startswith("stage") else x
    own = _used(part.declarations, text) + "\n" + text
    nodes = generated.count(part.declarations, x, sorted(name for _, name in {(call[0], call[1]) for call in _COPIED.finditer(text)}))
    terms, family = _terms(own), Counter(name.split("::")[0] for name in _NAME.findall(text)).most_common(1)
    terms[f"x {x}"] = 1
    if len(ops) > 1:
        terms[f"operations {len(ops)}"] = 1
    if children:
        terms[f"parts {len(children)}"], terms["parts"] = 1, len(children)
    terms.update(_folded(part.tables))
    tables = tuple((table.name, table.n_bytes) for table in part.tables)
    arrays = sum(int(count) * _size(kind, part.declarations) for kind, count, _ in _ARRAY.findall(own))
    return [*found, Unit("compose" if children else family[0][0] if family else "", terms, nodes, tables, arrays)]


def _folded(tables: Sequence[Table]) -> Counter[str]:
    """Of numbers that stand alone a compiler knows the value: adding a negative one is a subtraction, and factors of one fall away."""
    alone = [(table.name, table.values.ravel()[0]) for table in tables if table.values.size == 1]
    found = Counter(f"{name} is negative" for name, value in alone if value < 0)
    found.update(f"{name} is {value:g}" for name, value in alone if value in (0, 1))
    return found


def _used(declarations: str, text: str) -> str:
    """The declarations that the text needs, without the lines of generated trees."""
    blocks = [block for block in _BLOCK.split(generated.without(declarations)) if block.strip()]
    names, used = [_DECLARED.search(block) for block in blocks], [False] * len(blocks)
    again = True
    while again:
        again = False
        for number, (block, name) in enumerate(zip(blocks, names)):
            if not used[number] and (name is None or re.search(rf"\b{name[1]}\b", text)):
                used[number] = again = True
                text += block
    return "".join(block for block, there in zip(blocks, used) if there)


def _terms(text: str) -> Counter[str]:
    found = Counter(_NUMBER.sub("#", line.strip()) for line in text.splitlines() if any(map(str.isalpha, line)))
    for name in _NAME.findall(text):
        found[name] += 1
    for name, arguments in _TEMPLATE.findall(text):
        for position, argument in enumerate(argument.strip() for argument in arguments.split(",")):
            if argument not in ("Reader", "X", "format"):
                found[f"{name}<{position}: {argument.rpartition('::')[2]}"] += 1
    for name, pattern in (("[]", _INDEX), ("=", _ASSIGNED)):
        for value in pattern.findall(text):
            _count(found, name, int(value))
    for name, value in _FIXED.findall(text):
        _count(found, f"{name}<>", int(value))
    for name, value in _RETURN.findall(text):
        _count_any(found, name, value)
    for kind, count, zeroed in _ARRAY.findall(text):
        _count(found, f"{kind}[]{' zeroed' if zeroed else ''}", int(count))
        if zeroed:  # from some size on a call of memset is shorter
            found.update(f"zeroed bytes > {limit}" for limit in ZEROED if int(count) * _size(kind, text) > limit)
    for name, position, value in _numbers(text):
        _count_any(found, f"{name}({position})", value)
    return found


def _count_any(found: Counter[str], name: str, value: str) -> None:
    if (number := _integer(value)) is not None:
        _count(found, name, number)
    elif _REAL.fullmatch(value) and (real := abs(float(value.rstrip("f")))) in (0, 1, 2):
        found[f"{name} > {real:g}, and no more"] += 1  # products and sums with it fall away


def _count(found: Counter[str], name: str, number: int) -> None:
    for limit in LIMITS:
        if number > limit:
            found[f"{name} > {limit}"] += 1
    if number > 1:  # a division by a power of two becomes a multiplication
        found[f"{name} > 1, {'no ' if number & (number - 1) else ''}power of two"] += 1
        # Kernels that take several at a time have other code for the rest.
        found.update(f"{name} > 1, no multiple of {step}" for step in (2, 4) if number % step)


def _numbers(text: str) -> list[tuple[str, int, str]]:
    """(function or type, position, value) of each constant among arguments."""
    text, before = text.replace("> (", ">("), ""
    while text != before:
        before, text = text, _ARGUMENTS.sub("", text)
    found: list[tuple[str, int, str]] = []
    names, positions, last = [""], [0], ";"
    for token in _TOKEN.findall(text):
        if token in "({[":
            names.append("" if token == "[" or not last[0].isalpha() else last.removeprefix("::").removeprefix("emlearn::"))
            positions.append(0)
        elif token in ")}]":
            if len(names) > 1:
                names.pop()
                positions.pop()
        elif token == ",":
            positions[-1] += 1
        elif token != ";" and names[-1] and token[0].isdigit():
            found.append((names[-1], positions[-1], token))
        last = token
    return found


def _integer(token: str) -> int | None:
    match = re.fullmatch(r"-?(\d+)[uUlL]*", token.strip())
    return int(match[1]) if match else None


def _size(kind: str, declarations: str) -> int:
    return _SIZES.get(kind, 8 if "two_float" in declarations else 4)
