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
from ..record import Boosted


@dataclasses.dataclass(frozen=True, eq=False)
class NativeModel:
    """What a file of XGBoost or LightGBM holds.

    Attributes
    ----------
    library : {"xgboost", "lightgbm"}
    version : str
        Of the library that wrote it, or of its format.
    objective : str
    data : bytes
        The file.
    record : Boosted
    feature_names_in_ : tuple of str
    """

    library: str
    version: str
    objective: str
    data: bytes
    record: Boosted
    feature_names_in_: tuple[str, ...] = ()

    def __repr__(self) -> str:
        name = {"xgboost": "XGBoost", "lightgbm": "LightGBM"}[self.library]
        return f"{name} {self.version} model, {self.objective}"

    @functools.cached_property
    def _booster(self) -> Any:
        try:
            library: Any = importlib.import_module(self.library)
        except ImportError:
            raise InvalidInputError(
                f"answers are compared with those of {self.library} itself, and it is not installed: pip install {self.library}"
            ) from None
        if self.library == "xgboost":
            return library.Booster(model_file=bytearray(self.data))
        return library.Booster(model_str=self.data.decode("utf-8"))

    def ask(self, op: str, X: Any) -> np.ndarray:
        """The library's own answer."""
        module = importlib.import_module(f"emlearn.families.ensembles.{self.library}")
        return module.ask_booster(self._booster, self.record, op, X)
