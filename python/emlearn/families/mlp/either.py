"""A family's function over two records, one of them in integers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def by_record(kind: type, integer: Callable[..., T], real: Callable[..., T]) -> Callable[..., T]:
    """`integer` for records of the kind, else `real`; the record comes first."""

    def answer(record: Any, *arguments: Any, **named: Any) -> T:
        return (integer if isinstance(record, kind) else real)(record, *arguments, **named)

    answer.__doc__ = real.__doc__
    return answer
