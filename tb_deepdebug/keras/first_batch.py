"""The first batch that `fit` trains on: looked at, and then trained on as if nothing had been."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import tensorflow as tf


def peek(model: Any, seen: Callable[[Any], None]) -> None:
    """Lets `seen` have the batch that the next call of `model.train_function` will train on.

    The function is replaced for that one call, and put back before anything else happens.
    """
    original = model.train_function
    fit = getattr(model, "history", None)

    def peeking(iterator: Any) -> Any:
        model.train_function = original
        if getattr(model, "history", None) is not fit:  # left over from a broken fit
            model.make_train_function()
            return model.train_function(iterator)
        batches = list(itertools.islice(iterator, max(1, int(model.steps_per_execution))))
        if not batches:
            return original(iterator)  # which ends the epoch as it always does
        seen(batches[0])
        # `seen` may have replaced the function in its turn.
        return model.train_function(_replayed(batches, iterator.element_spec))

    model.train_function = peeking


def can_peek(model: Any) -> bool:
    """Whether batches can be told apart before they are distributed to replicas."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy is None or strategy.num_replicas_in_sync == 1


def _replayed(batches: list[Any], spec: Any) -> Any:
    """An iterator of the same type, so that nothing is traced anew."""
    return iter(tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=spec))
