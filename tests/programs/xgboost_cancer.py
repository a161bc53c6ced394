"""An XGBoost script: its rate is the shrinkage of each tree, its length the number of trees."""

import sys

import xgboost as xgb
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

eta, rounds, seed = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
train_x, valid_x, train_y, valid_y = train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)
train, valid = xgb.DMatrix(train_x, train_y), xgb.DMatrix(valid_x, valid_y)
settings = {"objective": "binary:logistic", "eta": eta, "max_depth": 3, "seed": seed, "nthread": 1}
xgb.train(settings, train, rounds, evals=[(train, "train"), (valid, "valid")])
