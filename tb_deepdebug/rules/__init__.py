"""WHAT IS WRONG: one fault a file, whose docstring is its documentation.

A rule is a module with one public function `find(run, *, thresholds...)` that yields findings, and
`NotApplicable` with the reason where its data is missing. To add one: a file, a line here, a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import (
    abnormal_weights,
    amnesia,
    clones,
    constant_over_batch,
    constant_over_time,
    dormant,
    exploding_gradient,
    first_loss,
    fit,
    frozen,
    gates,
    initialisation,
    input_data,
    labels,
    loss_divergence,
    loss_oscillation,
    loss_plateau,
    loss_spike,
    negative_preactivation,
    never_firing,
    non_finite,
    output_loss,
    preactivation_shift,
    rarely_firing,
    reference,
    revived,
    saturated,
    stalled,
    train_eval,
    update_ratio,
    vanishing_gradient,
    variance_growth,
)

# By how early in a training's mechanics they lie, as `findings.links.ORDER` has it.
CATALOGUE: dict[str, Callable[[Run], Iterable[Finding | NotApplicable]]] = {
    "non-finite": non_finite.find,
    "input-data": input_data.find,
    "labels": labels.find,
    "output-loss": output_loss.find,
    "initialisation": initialisation.find,
    "first-loss": first_loss.find,
    "exploding-gradient": exploding_gradient.find,
    "update-ratio": update_ratio.find,
    "frozen": frozen.find,
    "abnormal-weights": abnormal_weights.find,
    "variance-growth": variance_growth.find,
    "negative-preactivation": negative_preactivation.find,
    "gates": gates.find,
    "saturated": saturated.find,
    "never-firing": never_firing.find,
    "preactivation-shift": preactivation_shift.find,
    "rarely-firing": rarely_firing.find,
    "constant-over-batch": constant_over_batch.find,
    "constant-over-time": constant_over_time.find,
    "clones": clones.find,
    "dormant": dormant.find,
    "vanishing-gradient": vanishing_gradient.find,
    "train-eval": train_eval.find,
    "amnesia": amnesia.find,
    "loss-divergence": loss_divergence.find,
    "loss-spike": loss_spike.find,
    "loss-oscillation": loss_oscillation.find,
    "loss-plateau": loss_plateau.find,
    "fit": fit.find,
    "revived": revived.find,
    "stalled": stalled.find,
}

# What is documented as a rule: beside the catalogue, the comparison with a healthy run.
DOCUMENTED: dict[str, Callable[..., Any]] = {**CATALOGUE, "reference": reference.compare}
