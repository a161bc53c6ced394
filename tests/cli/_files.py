"""Files of users, as they type them."""

ANSWERED = {0, 3}  # whether a small budget is enough to tell is for the tests of search

LOOP = """
import dataclasses, random
import surefoot as sf

class Loop(sf.FunctionTask):
    def preflight(self, seed, assess_cap):  # takes the price of an assessment from the clock; here it is fixed
        return dataclasses.replace(super().preflight(seed, assess_cap), assess_batches=1)

def train(trial):
    chance = random.Random(trial.seed)
    place = [chance.uniform(1, 2) for _ in range(3)]
    height = sum(c * x * x for c, x in zip((1, .1, .01), place))
    for step in range(trial.steps):
        lr, loss = trial.lr(step), height
        place = [x - lr * (2 * c * x + chance.gauss(0, .01)) for c, x in zip((1, .1, .01), place)]
        height = sum(c * x * x for c, x in zip((1, .1, .01), place))
        trial.step(loss)
    trial.report(height)

task = Loop(train, horizon=400)
"""

HOPELESS = f"""
{LOOP}

def train(trial):
    for step in range(trial.steps):
        trial.lr(step)
        trial.step(1.0 if trial.peak_lr <= 1e-9 or step == 0 else float("nan"))
    trial.report(1.0)

task = Loop(train, horizon=400)
"""

LOUD = f"""
import os, subprocess
{LOOP}
print("a print while the file is read")

def loud(trial):
    print("a print of the task's")
    os.write(1, b"a write to the descriptor\\n")
    subprocess.run(["echo", "a word of a child's"], check=True)
    train(trial)

def make_task():
    print("a print of the maker's")
    return Loop(loud, horizon=400)
"""

RAISES = """
import surefoot as sf

def deeper():
    return {}["missing"]

def train(trial):
    trial.lr(0)
    deeper()

task = sf.FunctionTask(train, horizon=400)
"""
