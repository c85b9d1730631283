"""A family's function over records of several kinds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def by_record(kind: type, own: Callable[..., T], other: Callable[..., T]) -> Callable[..., T]:
    """`own` for records of the kind, else `other`, which may be such a choice too; the record comes first."""

    def answer(record: Any, *arguments: Any, **named: Any) -> T:
        return (own if isinstance(record, kind) else other)(record, *arguments, **named)

    answer.__doc__ = other.__doc__
    return answer
