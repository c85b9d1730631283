"""Random models of LightGBM, by what they are fitted to.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import boosters
import lightgbm
import numpy as np

#: Objectives by what they are fitted to.
KINDS = {
    "binary": "2", "multiclass": "3", "regression": "value", "regression_l1": "value", "huber": "value", "fair": "value",
    "quantile": "value", "mape": "positive", "poisson": "positive", "gamma": "positive", "tweedie": "positive",
    "cross_entropy": "share", "multiclassova": "7", "lambdarank": "3", "rank_xendcg": "3", "binary as value": "2",
}  # fmt: skip


def random_model(rng, objective):
    """A fitted estimator or Booster, and its rows."""
    categories = rng.random() < 0.4
    X, y = boosters.data(rng, KINDS[objective], categories=categories)
    told = {"categorical_feature": list(boosters.CATEGORICAL)} if categories else {}
    options = {
        "n_estimators": int(rng.integers(1, 10)), "num_leaves": int(rng.integers(2, 20)), "learning_rate": float(rng.choice([0.1, 0.5])),
        "min_child_samples": int(rng.choice([1, 10])), "n_jobs": 1, "verbose": -1, "random_state": int(rng.integers(1000)),
        "boosting_type": str(rng.choice(["gbdt", "dart"])), "use_missing": bool(rng.random() < 0.8),
    }  # fmt: skip
    if categories:
        options |= {"min_data_per_group": 1, "cat_smooth": float(rng.choice([0, 10])), "max_cat_to_onehot": int(rng.choice([1, 4, 100]))}
    if rng.random() < 0.2:
        options |= {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    if objective in ("lambdarank", "rank_xendcg"):
        estimator = lightgbm.LGBMRanker(objective=objective, **{**options, "boosting_type": "gbdt"})
        estimator.fit(X, y, group=[20] * (len(X) // 20), **told)
    elif objective in ("binary", "multiclass", "multiclassova"):
        options["objective"] = objective
        if objective != "multiclass":
            options["sigmoid"] = float(rng.choice([1.0, 0.7]))
        if objective == "binary":
            y = np.array(["no", "yes"])[y]
        estimator = lightgbm.LGBMClassifier(**options).fit(X, y, **told)
    else:
        estimator = lightgbm.LGBMRegressor(objective=objective.split()[0], **options).fit(X, y, **told)
    return (estimator.booster_ if rng.random() < 0.25 and objective != "binary as value" else estimator), X
