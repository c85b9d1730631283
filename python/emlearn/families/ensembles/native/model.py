"""A stored model of a boosting library, as an estimator: converted without the library, compared with it where it is installed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
from typing import Any

import numpy as np

from ....errors import InvalidInputError
from ....head import LIBRARIES
from ..record import Boosted, Recoded


@dataclasses.dataclass(frozen=True, eq=False)
class NativeModel:
    """What a file of XGBoost, LightGBM or CatBoost holds.

    Attributes
    ----------
    library : {"xgboost", "lightgbm", "catboost"}
    version : str
        Of the library that wrote it, or of its format.
    objective : str
    data : bytes
        The file.
    record : Boosted or Recoded
    feature_names_in_ : tuple of str
    classes_ : ndarray or None
        Labels, where the file has them.
    """

    library: str
    version: str
    objective: str
    data: bytes
    record: Boosted | Recoded
    feature_names_in_: tuple[str, ...] = ()
    classes_: np.ndarray | None = None

    def __repr__(self) -> str:
        return f"{LIBRARIES[self.library]} {self.version} model, {self.objective}"

    @functools.cached_property
    def _booster(self) -> Any:
        return self._framework.load_booster(self.data)

    @property
    def _framework(self) -> Any:
        """The module that imports the library."""
        try:
            importlib.import_module(self.library)
        except ImportError:
            raise InvalidInputError(
                f"answers are compared with those of {self.library} itself, and it is not installed: pip install {self.library}"
            ) from None
        return importlib.import_module(f"emlearn.families.ensembles.{self.library}")

    def ask(self, op: str, X: Any) -> np.ndarray:
        """The library's own answer."""
        return self._framework.ask_booster(self._booster, self.record, op, X)
