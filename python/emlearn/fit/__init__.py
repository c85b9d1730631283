"""The best model that fits what is left of a chip.

SPDX-License-Identifier: MIT
"""

from .budget import Budget, Cost
from .candidates import Step
from .search import Fit, fit_to

__all__ = ["Budget", "Cost", "Fit", "Step", "fit_to"]
