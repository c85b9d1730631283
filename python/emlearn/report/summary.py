"""A model's facts and sizes, for people.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING, Any

from .. import header

if TYPE_CHECKING:
    from ..model import Model


@dataclasses.dataclass(frozen=True)
class Summary:
    """What :meth:`emlearn.Model.report` returns.

    Attributes
    ----------
    facts : dict
        Kind, sizes of the model, input.
    tables : dict of str to int
        Bytes of flash per table.
    ops : tuple of str
        The functions that the header offers.
    """

    facts: dict[str, Any]
    tables: dict[str, int]
    ops: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Summary:
        part = header.complete(model.part(), model.head)
        tables: dict[str, int] = {}
        for table in part.all_tables:
            tables[table.name] = tables.get(table.name, 0) + table.n_bytes
        facts = {"estimator": model.head.estimator, **model.describe()}
        facts["input"] = f"{model.input.n_features} x {model.input.dtype}"
        return cls(facts, tables, model.record.ops)

    @property
    def total_bytes(self) -> int:
        """Bytes of all tables; code comes on top."""
        return sum(self.tables.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            **{k: v if isinstance(v, (int, float)) else str(v) for k, v in self.facts.items()},
            "tables": self.tables,
            "table_bytes": self.total_bytes,
            "functions": list(self.ops),
        }

    def __str__(self) -> str:
        width = max(len(key) for key in [*self.facts, "functions"])
        lines = [f"{key:<{width}}  {value}" for key, value in self.facts.items()]
        lines.append(f"{'functions':<{width}}  {', '.join(self.ops)}")
        lines += ["", f"{'table':<16}{'bytes':>8}"]
        lines += [f"{name:<16}{size:>8}" for name, size in self.tables.items()]
        lines.append(f"{'all tables':<16}{self.total_bytes:>8}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
