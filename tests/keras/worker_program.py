"""One of two workers: gathers, and trains a step by hand. Its findings go to the path given."""

import os
import pickle
import sys
import threading

# Whatever happens to the other worker, this one ends.
threading.Timer(240, lambda: os._exit(3)).start()

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tb_deepdebug.keras import DeepDebug  # noqa: E402
from tb_deepdebug.keras.health_loops import given_health  # noqa: E402
from tb_deepdebug.keras.workers import Workers  # noqa: E402

strategy = tf.distribute.MultiWorkerMirroredStrategy()
workers = Workers(strategy)
rank = strategy.cluster_resolver.task_id
payloads = [f"from {rank}".encode(), bytes(range(256)) * (rank + 1), b"", b"x" * rank]
gathered = [workers.gather(payload) for payload in payloads]

rng = np.random.default_rng(0)
x = rng.normal(size=(8, 3)).astype(np.float32)
y = x.sum(axis=1, keepdims=True)
with strategy.scope():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="dense")])
    model(x)
mine = slice(4 * rank, 4 * rank + 4)


@tf.function
def gradients() -> list[tf.Tensor]:
    def replica() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((model(x[mine]) - y[mine]) ** 2) / len(x)
        grads = tape.gradient(loss, model.trainable_variables)
        return tf.distribute.get_replica_context().all_reduce("sum", grads)

    return [strategy.experimental_local_results(g)[0] for g in strategy.run(replica)]


health = given_health(model, gradients())
folder = os.path.join(os.path.dirname(sys.argv[1]), "run")
with DeepDebug(folder, x[mine], model=model, every=1, workers=workers) as debug:
    for step in (1, 2):
        debug.step(step, gradients=gradients())
found = {
    "place": (workers.is_chief, workers.size),
    "gathered": gathered,
    "weights": model.get_weights(),
    "gradient_norm": health.measures["gradient_norm"],
    "everybody's": [pickle.loads(p) for p in workers.gather(pickle.dumps(health.names))],
}
with open(sys.argv[1], "wb") as file:
    pickle.dump(found, file)
os._exit(0)  # a worker's server does not end by itself
