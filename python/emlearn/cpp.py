"""C++ tokens, and the parts that a header is made of. Nothing else in the package writes C++ literals.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from . import cnames
from .errors import InvalidInputError
from .record import Task

SCALAR_TYPES = {
    "float32": "float",
    "float64": "double",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
}

KEYWORDS = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class compl concept
    const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default delete do double
    dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept
    not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires return short signed sizeof
    static static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union
    unsigned using virtual void volatile wchar_t while xor xor_eq""".split()
)

#: Names that C headers, the Arduino core or avr-libc define as macros or types: unusable as identifiers there.
MACROS = frozenset(
    """abs bit bitClear bitRead bitSet bitToggle bitWrite boolean byte cli clockCyclesPerMicrosecond constrain degrees highByte
    interrupts lowByte map max min noInterrupts radians random round sei sq word A0 A1 A2 A3 A4 A5 A6 A7 ARDUINO AVR BIN CHANGE
    DEC DEFAULT DEG_TO_RAD DISPLAY EULER EXTERNAL F FALLING HALF_PI HEX HIGH INPUT INPUT_PULLUP INTERNAL LED_BUILTIN LOW LSBFIRST
    MSBFIRST NULL OCT OUTPUT PI PROGMEM PSTR RAD_TO_DEG RISING SERIAL TWO_PI assert errno false i386 linux main setup loop std
    true unix Serial emlearn EOF BUFSIZ INFINITY NAN HUGE_VAL M_PI M_E int8_t uint8_t int16_t uint16_t int32_t uint32_t int64_t
    uint64_t size_t ptrdiff_t intptr_t uintptr_t""".split()
) | frozenset(f"{bank}{bit}" for bank in ("B", "PB", "PC", "PD", "PORTB", "PINB", "DDB") for bit in range(8))

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def check_identifier(argument: str, name: str) -> str:
    """`name`, if every C++ compiler takes it as the name of a namespace.

    Raises
    ------
    InvalidInputError
        Not an identifier, a keyword, reserved, or a macro of the Arduino core or the C library.
    """
    if not isinstance(name, str) or not _IDENTIFIER.match(name):
        raise InvalidInputError(f"{argument}={name!r} is no C++ identifier: use letters, digits and _, not starting with a digit")
    if name in KEYWORDS:
        raise InvalidInputError(f"{argument}={name!r} is a C++ keyword: choose another, such as {name + '_model'!r}")
    if name in MACROS or cnames.is_taken(name):
        raise InvalidInputError(
            f"{argument}={name!r} is taken by a macro or name of the C library or the Arduino core: "
            f"choose another, such as {name.lower() + '_model'!r}"
        )
    if "__" in name or re.match(r"_[A-Z]", name) or name.startswith("EMLEARN_"):
        raise InvalidInputError(f"{argument}={name!r} is reserved by C++ (or by emlearn): choose a name without __ and leading _")
    return name


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """A C++ identifier for each of `names`: other characters become _, clashes get a number."""
    used = set(taken) | KEYWORDS | MACROS
    result = []
    for name in names:
        base = re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]", "_", str(name))).strip("_")
        if not base or base[0].isdigit():
            base = f"f{base}" if base else "feature"
        if base.startswith("EMLEARN_"):  # the library's macros
            base = f"f_{base}"
        candidate, number = base, 2
        if candidate in used or cnames.is_macro(candidate):
            candidate = f"{base}_"
        while candidate in used:
            candidate, number = f"{base}_{number}", number + 1
        used.add(candidate)
        result.append(candidate)
    return result


_SUFFIXES = {np.dtype(np.uint32): "u", np.dtype(np.int64): "ll", np.dtype(np.uint64): "ull"}


def literal(value: object, dtype: np.dtype | str) -> str:
    """`value` as a C++ literal that reads back exactly."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f" and not np.isfinite(number := float(value)):  # type: ignore[arg-type]
        what, suffix = ("nan", '("")') if np.isnan(number) else ("inf", "()")
        return f"{'-' if number < 0 else ''}__builtin_{what}{'f' if dtype == np.float32 else ''}{suffix}"
    if dtype == np.float32:
        text = f"{float(np.float32(value)):.9g}"  # type: ignore[arg-type]
        return (text if re.search(r"[.e]", text) else text + ".0") + "f"
    if dtype == np.float64:
        text = repr(float(value))  # type: ignore[arg-type]
        return text
    number = int(value)  # type: ignore[call-overload]
    if dtype == np.int32 and number == -(2**31):
        return "-2147483647-1"
    if dtype == np.int64 and number == -(2**63):
        return "-9223372036854775807ll-1"
    return f"{number}{_SUFFIXES.get(dtype, '')}"


def array_literal(values: np.ndarray, indent: str = "    ") -> str:
    """The elements of an array between braces, in lines of at most 120 characters."""
    lines, line = [], indent
    small = values.dtype.itemsize < 4  # the many bytes of trees: their literals are plain numbers
    for value in values.ravel().tolist():
        token = f"{value}," if small else literal(value, values.dtype) + ","
        if len(line) + len(token) > 120:
            lines.append(line)
            line = indent
        line += token
    return "{\n" + "\n".join([*lines, line.rstrip(",")]) + "}"


def string_literal(text: str) -> str:
    """`text` as a C++ string literal: UTF-8 bytes beyond ASCII in octal, which no following digit can join."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "?": "\\?"}
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        out.append(escapes.get(char) or (char if 32 <= byte < 127 else f"\\{byte:03o}"))
    return '"' + "".join(out) + '"'


def comment_text(text: str) -> str:
    """`text` fit for a // comment: one line, no trailing backslash."""
    return re.sub(r"\s+", " ", text).strip().rstrip("\\").encode("ascii", "backslashreplace").decode()


@dataclasses.dataclass(frozen=True)
class Table:
    """One array in flash: `tables<>::name`. An empty array is emitted with one unused element.

    Where `strings` are given, the values are their UTF-8 bytes, each with its NUL, and people read the strings. With `tile`,
    a macro of the library brings every 16 values into the core's order. `align` is that of the first byte, 0 the type's own.
    """

    name: str
    values: np.ndarray
    comment: str = ""
    strings: tuple[str, ...] = ()
    tile: str = ""
    align: int = 0

    @property
    def c_type(self) -> str:
        return "char" if self.strings else SCALAR_TYPES[self.values.dtype.name]

    @property
    def length(self) -> int:
        return max(1, self.values.size)

    @property
    def n_bytes(self) -> int:
        return self.length * self.values.dtype.itemsize

    @property
    def initializer(self) -> str:
        if self.strings:  # the compiler adds the last NUL
            return "\n    ".join([string_literal(text)[:-1] + '\\0"' for text in self.strings[:-1]] + [string_literal(self.strings[-1])])
        if self.tile:
            rows = (",".join(map(str, row)) for row in self.values.reshape(-1, 16).tolist())
            return "{\n" + ",\n".join(f"    {self.tile}({row})" for row in rows) + "}"
        return array_literal(self.values if self.values.size else np.zeros(1, self.values.dtype))


@dataclasses.dataclass(frozen=True)
class Function:
    """One operation of a part.

    Attributes
    ----------
    op : str
        ``predict``, ``predict_proba``, ``decision_function``, ``score_samples`` or ``transform``.
    body : str
        Statements. They see the template arguments ``Reader`` and ``X``, ``const X* x``, the part's ``tables<>``, and
        ``out`` unless the operation returns its one value.
    constant : bool
        Whether a compiler can evaluate it (no libm, no bit casts): it becomes constexpr from C++14 on.
    """

    op: str
    body: str
    constant: bool = False


@dataclasses.dataclass(frozen=True)
class Check:
    """A ``static_assert`` from C++14 on: `expression` over ``tables<>``, skipped above a limit on `n_bytes`."""

    expression: str
    message: str
    n_bytes: int


@dataclasses.dataclass(frozen=True)
class Golden:
    """A row whose answer the compiler checks: ``predict`` of `row` (of the part's X, or keys of it) is `answer`."""

    row: np.ndarray
    answer: int


@dataclasses.dataclass(frozen=True)
class Part:
    """What an emitter makes of one record; a header is one part with its children in nested namespaces."""

    task: Task
    functions: tuple[Function, ...]
    includes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    checks: tuple[Check, ...] = ()
    golden: tuple[Golden, ...] = ()
    children: tuple[tuple[str, Part], ...] = ()
    declarations: str = ""  # what the functions and checks share, behind the tables

    def walk(self) -> Iterator[Part]:
        """This part and all below it."""
        yield self
        for _, child in self.children:
            yield from child.walk()

    @property
    def all_includes(self) -> list[str]:
        return sorted({include for part in self.walk() for include in part.includes})

    @property
    def all_tables(self) -> list[Table]:
        return [table for part in self.walk() for table in part.tables]


@dataclasses.dataclass(frozen=True)
class Signature:
    """How an operation of a task looks in C++."""

    returns: str
    out: str  # type of the values behind `out`, or "" where the value is returned

    @classmethod
    def of(cls, task: Task, op: str) -> Signature:
        if op != "predict":
            return cls("void", SCALAR_TYPES[task.dtype] if op == "transform" else "float")
        if task.is_discrete:
            return cls("int", "") if task.kind != "multilabel" and task.n_outputs == 1 else cls("void", "int32_t")
        return cls("float", "") if task.n_outputs == 1 else cls("void", "float")

    @property
    def out_parameter(self) -> str:
        return f", {self.out}* out" if self.out else ""

    @property
    def out_argument(self) -> str:
        return ", out" if self.out else ""


def call(path: str, task: Task, op: str, x: str = "x", out: str = "out") -> str:
    """An expression that asks a child part at `path` for `op`."""
    signature = Signature.of(task, op)
    return f"{path}::{op}<Reader>({x}{', ' + out if signature.out else ''})"


def lines(*statements: str | Sequence[str]) -> str:
    """Statements joined to a function body."""
    flat: list[str] = []
    for statement in statements:
        flat.extend([statement] if isinstance(statement, str) else statement)
    return "\n".join(flat)
