"""The program around a header: its text for one model and the operations that are asked of it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
import numpy as np

from ..cpp import Signature

if TYPE_CHECKING:
    from ..model import Model

#: The namespace of the header under test.
NAME = "model"


@dataclasses.dataclass(frozen=True)
class Operation:
    """How one operation looks in C++, and what it answers.

    Attributes
    ----------
    name : str
    width : int
        Values per row.
    returns : str
        The C++ type that is returned: ``int``, ``float`` or ``void``.
    out : str
        The type of the values behind ``out``, or "" where the value is returned.
    """

    name: str
    width: int
    returns: str
    out: str

    @classmethod
    def of(cls, model: Model, name: str) -> Operation:
        task = model.record.task
        signature = Signature.of(task, name)
        return cls(name, task.width(name), signature.returns, signature.out)

    @property
    def value(self) -> str:
        """The C++ type of one value of the answer."""
        return self.out or self.returns

    @property
    def out_parameter(self) -> str:
        return f", {self.out}* out" if self.out else ""

    @property
    def out_argument(self) -> str:
        return ", out" if self.out else ""

    def dtype(self, int_bytes: int) -> np.dtype:
        """The bytes of one value on a chip whose ``int`` has that many, little end first."""
        return np.dtype({"int": f"<i{int_bytes}", "int32_t": "<i4", "float": "<f4"}[self.value])


def program(model: Model, ops: Sequence[Operation], port: str, *, empty: bool = False) -> dict[str, str]:
    """The texts of a whole program by file name.

    Parameters
    ----------
    model : Model
    ops : sequence of Operation
    port : str
        How rows and answers travel: a file in ``firmware/``.
    empty : bool
        Whether every operation does nothing.
    """
    known = {"name": NAME, "ops": ops, "type": model.input.c_type, "n_features": model.input.n_features}
    return {
        f"{NAME}.hpp": render("empty.hpp.j2", known) if empty else model.save(name=NAME),
        "probe.hpp": render("probe.hpp.j2", known),
        "probe.cpp": render("probe.cpp.j2", known),
        "main.cpp": render("main.cpp.j2", known),
        "port.cpp": text(port),
    }


@functools.cache
def text(name: str) -> str:
    """A file of ``firmware/``."""
    return resources.files(__package__).joinpath(f"firmware/{name}").read_text(encoding="utf-8")


@functools.cache
def _template(name: str) -> jinja2.Template:
    return jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False).from_string(text(name))


def render(name: str, known: Mapping[str, object]) -> str:
    """A template of ``firmware/``, filled in."""
    return _template(name).render(known)
