"""Random models of XGBoost, by what they are fitted to.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import boosters
import numpy as np
import xgboost

#: Objectives by what they are fitted to.
KINDS = {
    "binary:logistic": "2", "binary:hinge": "2", "multi:softprob": "3", "multi:softmax": "7", "reg:squarederror": "value",
    "reg:absoluteerror": "value", "reg:pseudohubererror": "value", "reg:squaredlogerror": "positive", "count:poisson": "positive",
    "reg:gamma": "positive", "reg:tweedie": "positive", "reg:logistic": "share", "binary:logitraw": "2", "survival:cox": "positive",
    "targets": "targets", "vectors": "targets", "rank:ndcg": "2", "rank:pairwise": "3", "binary:logistic as value": "2",
    "reg:quantileerror": "value",
}  # fmt: skip


def random_model(rng, objective):
    """A fitted estimator or Booster, and its rows."""
    categories = objective != "vectors" and rng.random() < 0.4
    X, y = boosters.data(rng, KINDS[objective], categories=categories)
    options = {
        "n_estimators": int(rng.integers(1, 12)), "max_depth": int(rng.integers(1, 6)), "learning_rate": float(rng.choice([0.1, 0.3, 1.0])),
        "tree_method": str(rng.choice(["hist", "exact", "approx"])), "n_jobs": 1, "random_state": int(rng.integers(1000)),
    }  # fmt: skip
    if categories:
        kinds = ["c" if column in boosters.CATEGORICAL else "q" for column in range(X.shape[1])]
        options |= {"enable_categorical": True, "feature_types": kinds, "max_cat_to_onehot": int(rng.choice([1, 6, 100]))}
        options["tree_method"] = str(rng.choice(["hist", "approx"]))
    if rng.random() < 0.2 and objective != "vectors":
        options |= {"booster": "dart", "rate_drop": 0.5}
    if rng.random() < 0.2:
        options |= {"num_parallel_tree": 3, "subsample": 0.6, "colsample_bytree": 0.7}
    if objective == "reg:quantileerror":
        options |= {"quantile_alpha": [0.2, 0.5, 0.9], "tree_method": "hist"}
    if objective == "targets":
        estimator = xgboost.XGBRegressor(**options)
    elif objective == "vectors":
        estimator = xgboost.XGBRegressor(**{**options, "tree_method": "hist"}, multi_strategy="multi_output_tree")
    elif objective.startswith("rank"):
        return xgboost.XGBRanker(objective=objective, **options).fit(X, y, qid=np.arange(len(X)) // 20), X
    elif KINDS[objective].isdigit() and objective not in ("binary:logitraw", "binary:logistic as value"):
        if objective in ("binary:logistic", "binary:hinge") and rng.random() < 0.5:
            options["base_score"] = float(rng.choice([0.02, 0.4999, 0.7]))
        bagged = rng.random() < 0.3 and "booster" not in options and options["tree_method"] != "exact"
        cls = xgboost.XGBRFClassifier if bagged else xgboost.XGBClassifier
        estimator = cls(objective=objective, **options)
    else:
        estimator = xgboost.XGBRegressor(objective=objective.split()[0], **options)
    estimator.fit(X, y)
    return (estimator.get_booster() if rng.random() < 0.25 and objective != "binary:logistic as value" else estimator), X
