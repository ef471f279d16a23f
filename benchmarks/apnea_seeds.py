"""Trains the demo's net for sleep apnea over several seeds: what it loses on, found and confirmed?

    python -m benchmarks.apnea_seeds --first 3 --seeds 3

A seed is that of the people, the weights and the batches: all three vary. Nothing is logged. A seed
takes about two minutes on two idle cores.
"""

import argparse

import numpy as np

import tb_deepdebug as dd
from tb_deepdebug.demo.apnea import Study
from tb_deepdebug.demo.cohort import recruit
from tb_deepdebug.demo.scenarios import APNEA
from tb_deepdebug.demo.size import Size
from tb_deepdebug.demo.train import Training
from tb_deepdebug.records.analysis import Analysis


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    for seed in range(options.first, options.first + options.seeds):
        print(f"seed {seed}: {row(analysis(seed))}", flush=True)


def analysis(seed: int) -> Analysis:
    """Of the test users' weeks, after training."""
    size = Size()
    cohort = recruit(size.people, size.weeks_each, seed, size.minutes, size.thin_timesteps)
    study = Study(cohort, size.people_tested)
    training = Training(APNEA, study.data, size.apnea_steps, seed)
    for _ in range(size.apnea_steps):
        training.step()
    rows = study.data.test
    columns = {**cohort.metadata, "workouts": cohort.workouts}
    return dd.analyze_predictions(
        study.data.y[rows, 0],
        1 / (1 + np.exp(-training.estimates(rows)[:, 0].astype(np.float64))),
        baseline=study.known[rows],
        groups=cohort.user[rows],
        patterns=("workouts > 2", "sex == male"),
        columns={name: of[rows] for name, of in columns.items()},
    )


def row(found: Analysis) -> str:
    """AUROC of both, the typed patterns, the strongest slice that was found."""
    net, known = found.metrics.model["auroc"], found.metrics.baseline["auroc"]
    told = [f"AUROC {net.value:.3f} [{net.low:.3f}, {net.high:.3f}], metadata {known.value:.3f}"]
    for pattern in found.patterns:
        if pattern.source == "user":
            losses, wins = (f"{one.count} of {one.rows}" for one in (pattern.losses, pattern.wins))
            told.append(
                f"{pattern.text}: {losses} losses, {wins} wins, p {pattern.p:.1g}: "
                f"{pattern.verdict}"
            )
    for one in [one for one in found.slices if one.on == "loss"][:1]:
        effect = one.tested.effect
        told.append(
            f"slice {one.text}: {effect.value:+.2f} [{effect.low:.2f}, {effect.high:.2f}], "
            f"q {one.tested.q:.1g}, {'confirmed' if one.confirmed else 'not confirmed'}"
        )
    return "; ".join(told)


if __name__ == "__main__":
    main()
