"""A scikit-learn script: its MLP says its loss as it goes."""

import argparse

from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--learning-rate", type=float, default=0.001)
parser.add_argument("--max-iter", type=int, default=50)
parser.add_argument("--random-state", type=int, default=0)
asked = parser.parse_args()

inputs, labels = load_digits(return_X_y=True)
train_x, valid_x, train_y, valid_y = train_test_split(inputs / 16, labels, random_state=0)
model = MLPClassifier(
    (32,),
    learning_rate_init=asked.learning_rate,
    max_iter=asked.max_iter,
    random_state=asked.random_state,
    tol=0,
    n_iter_no_change=asked.max_iter,
    verbose=True,
).fit(train_x, train_y)
print("validation log loss:", log_loss(valid_y, model.predict_proba(valid_x)))
