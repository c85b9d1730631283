"""What a tool makes of one estimator: source texts, or the reason why not.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One way to convert.

    Attributes
    ----------
    name : str
        The tool's options.
    dtype : {"float32", "float64", "int16", "int8", "uint8"}
        The type of a row's values.
    files : dict of str to str
        Texts for the build folder; ``foreign.c`` or ``foreign.cpp`` defines ``emlearn_predict``.
    include : tuple of str
        Folders of headers that the tool ships.
    failure : str
        Why there is nothing; "" where there is.
    note : str
        What the benchmark did to give the tool its best chance.
    edited : bool
        Whether the generated source was rewritten for rows of whole numbers, which the tool itself does not offer.
    flags : tuple of str
        Further ones for the compiler.
    prepares : bool
        Whether the first prediction prepares the others: its cost does not count.
    every : int
        One of so many test rows is measured, where a row takes millions of instructions.
    """

    name: str
    dtype: str
    files: dict[str, str] = dataclasses.field(default_factory=dict)
    include: tuple[str, ...] = ()
    failure: str = ""
    note: str = ""
    edited: bool = False
    flags: tuple[str, ...] = ()
    prepares: bool = False
    every: int = 1


C_TYPES = {"float32": "float", "float64": "double", "int16": "int16_t", "int8": "int8_t", "uint8": "uint8_t"}


def whole_types(case: dict[str, Any]) -> tuple[str, ...]:
    """The integer types that hold the case's raw values."""
    return ("int16", "int8") if case["fits_int8"] else ("int16",)


def attempt(
    name: str, dtype: str, make: Callable[[], dict[str, str]], include: Sequence[str] = (), note: str = "", edited: bool = False
) -> Iterator[Attempt]:
    """What `make` gives, or the error that it ends in."""
    try:
        files = make()
    except Exception as error:  # whatever a foreign tool raises is the table's entry
        yield Attempt(name, dtype, failure=reason(error))
    else:
        yield Attempt(name, dtype, files, tuple(include), note=note, edited=edited)


def reason(error: Exception) -> str:
    """One line for the table."""
    said = " ".join(str(error).split()) or "no message"
    return f"{type(error).__name__}: {said}"[:200]


def entry(task: str, dtype: str, body: str, *, cpp: bool = False) -> str:
    """The function that is measured; `body` sees the row as ``x``."""
    returns = "int" if task == "classifier" else "float"
    linkage = 'extern "C" ' if cpp else ""
    return f"\n{linkage}{returns} emlearn_predict(const {C_TYPES[dtype]}* x) {{\n{body}\n}}\n"


def argmax(scores: str, n_classes: int) -> str:
    """Statements that return the place of the largest of `scores`, the first where several are."""
    loop = f"for (int i = 1; i < {n_classes}; ++i) if ({scores}[i] > {scores}[best]) best = i;"
    return f"  int best = 0;\n  {loop}\n  return best;"


def unlike(case: dict[str, Any], call: str) -> str:
    """Statements that return whether an autoencoder's answer, which `call` writes to ``out``, is farther from the row than its limit."""
    n = case["outputs"]
    loop = f"for (int i = 0; i < {n}; ++i) sum += (out[i] - x[i]) * (out[i] - x[i]);"
    return f"  float out[{n}];\n  float sum = 0;\n  {call}\n  {loop}\n  return sum > {case['limit']:.9g}f;"


#: A literal of type double in a C text.
_LITERAL = re.compile(r"(?<![\w.])(\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)(?![\w.])")


def single_precision(text: str) -> str:
    """`text` with every ``double`` a ``float``: types, literals, and the functions of libm."""
    text = re.sub(r"\bdouble\b", "float", text)
    text = re.sub(r"\b(exp|pow|log|tanh|sqrt|fabs)\(", r"\1f(", text)
    return _LITERAL.sub(r"\1f", text)
