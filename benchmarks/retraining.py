"""What retraining on the Kobe files is worth: the challenger on rows held out of production, over several splits.

One split of 2,706 rows says little: which rows are held out moves the log loss more than any choice of model does. So
the same retraining is done for several seeds, each with its own held-out half.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

import numpy as np

from core.data import checking
from core.data import split as splitting
from core.data.encoding import model_input
from core.metrics import challenge
from core.metrics.intervals import Model
from core.retraining import mixing
from core.retraining.mixing import Batch, Mix
from core.store import projects, settings, sources, tables
from core.training import training
from core.training.algorithms import experiment, fitted, untrained
from core.training.recommendation import recommend
from core.training.search import Emphasis

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from core.data.contract import Contract
    from core.data.split import PreparedSplit
    from core.metrics.challenge import Column
    from core.retraining.mixing import Extension, Pool

SEEDS = range(1, 11)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--weight", type=float, default=Mix().weight)
    asked.add_argument("--held-out", type=float, default=Mix().held_out)
    asked.add_argument("--candidates", nargs="*", default=training.chosen("retrain"))
    asked.add_argument("--folds", type=int, default=10)
    asked.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    given = asked.parse_args()
    mix = Mix(weight=given.weight, held_out=given.held_out)
    contract, base, pool = _material()
    champion = _champion(base, contract)
    print("| seed | candidate | held out: champion | challenger | difference | old test: difference |")
    print("|---|---|---|---|---|---|")
    losses = []
    for seed in given.seeds:
        made = mixing.extend(base, np.ones(len(base.train)), pool, mix, contract, seed=seed)
        best = _trained(made, contract, given.candidates, given.folds, seed)
        held_out = made.split.test.iloc[len(base.test) :].reset_index(drop=True)
        columns = [_column(rows, champion, best.pipeline, contract) for rows in (held_out, base.test)]
        new, old = columns
        losses.append([float(side["log_loss"] or math.nan) for side in (new.champion, new.challenger)])
        figures = f"{losses[-1][0]:.4f} | {losses[-1][1]:.4f} | {_interval(new)} | {_interval(old)}"
        print(f"| {seed} | {best.name} | {figures} |", flush=True)
    means, spread = np.mean(losses, axis=0), np.std(losses, axis=0, ddof=1)
    print(f"| mean | | {means[0]:.4f} | {means[1]:.4f} | {means[1] - means[0]:+.4f} | |")
    print(f"| spread | | {spread[0]:.4f} | {spread[1]:.4f} | | |")


def _material() -> tuple[Contract, PreparedSplit, Pool]:
    place = settings.load()
    contract = projects.find(place, "kobe")
    own, production = (tables.read_table(sources.kobe(place, part)) for part in ("dev", "prod"))
    base = splitting.split(checking.check(own, contract, labelled=True).rows, contract)
    labelled = checking.check(production, contract, labelled=True)
    ids = production[contract.id].iloc[labelled.kept_positions].astype(str)
    batch = Batch(labelled.rows, None, ids, labelled.dropped_null)
    return contract, base, mixing.pool([batch], mixing.NONE, contract)


def _champion(base: PreparedSplit, contract: Contract) -> Pipeline:
    made = experiment(base, contract, 2, 10, 1)
    return fitted(made, untrained(made, contract, "lr", 10))


def _trained(made: Extension, contract: Contract, candidates: list[str], folds: int, seed: int) -> training.Candidate:
    weights = None if np.ptp(made.weights) == 0 else made.weights
    search = training.Search(candidates, folds=folds, seed=seed)
    trained = training.train(made.split, contract, search, emphasis=Emphasis(weights, made.judged))
    found = [one for one in trained if isinstance(one, training.Candidate)]
    target = made.split.train[contract.target].to_numpy()[made.judged]
    said = {one.name: one.out_of_fold[made.judged] for one in found}
    best = recommend(target, said, dict.fromkeys(said, math.nan), math.nan).candidate
    return next(one for one in found if one.name == best)


def _column(rows: pd.DataFrame, champion: Pipeline, challenger: Pipeline, contract: Contract) -> Column:
    said = [Model(model.predict_proba(model_input(rows, contract))[:, 1], 0.5) for model in (champion, challenger)]
    found = challenge.column(rows, contract, *said, seed=10)
    assert found is not None, "there are rows of both outcomes"
    return found


def _interval(column: Column) -> str:
    found = column.difference
    return f"{found.value:+.4f} [{found.low:+.4f}, {found.high:+.4f}]"


if __name__ == "__main__":
    main()
