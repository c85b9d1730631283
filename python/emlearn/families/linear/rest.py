"""One linear model against the rest for each class: together they are one linear model.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...record import Record
from . import make
from .record import Affine, Linear

#: What a binary model's score becomes, and what those of all classes become, which are divided by their sum.
_LINKS = {"softmax": "one_vs_rest", "one_vs_rest": "one_vs_rest", "none": "none"}


def joined(name: str, members: Sequence[Record], classes: Any) -> Linear | None:
    """The record of two-class models, one per class; None where they are not linear, or of kinds that sum up differently.

    Its probabilities are right where each of them is too small for a float: sums are in units of the largest.
    """
    parts = [member.scores for member in members if isinstance(member, Linear) and _is_plain(member)]
    links = {member.link for member in members if isinstance(member, Linear)}
    if len(parts) != len(members) or len(members) < 3 or len(links) > 1:
        return None
    fields = (np.concatenate([getattr(part, field) for part in parts]) for field in ("weights", "bias", "size", "shift"))
    made = make.classifier(name, Affine.of(*fields), classes, _LINKS[links.pop()])
    return dataclasses.replace(made, roundings=max(member.roundings for member in members if isinstance(member, Linear)))


def _is_plain(member: Linear) -> bool:
    """Whether it has one score, which decides, of features as they are."""
    decides = member.task.kind == "classifier" and member.has_decision and member.link in _LINKS
    return decides and not (len(member.above) or len(member.starts))
