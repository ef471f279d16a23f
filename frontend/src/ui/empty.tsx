/** What a newcomer sees: the lines of code that make data appear here. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

const EXAMPLES: readonly (readonly [string, string])[] = [
  [
    'Keras, TensorFlow',
    `import tb_deepdebug as dd

with tf.summary.create_file_writer("logs/run1").as_default():
    ...                                              # in the training loop:
    dd.summary.activations("conv1", a, step=step)    # [batch, time, units]
    dd.summary.preactivations("conv1", z, step=step)
    g = dd.input_gradients(model, x, output_step=2048)
    dd.summary.input_gradients("risk", g, step=step, output_step=2048)`,
  ],
  [
    'PyTorch',
    `import tb_deepdebug as dd

with dd.EventWriter("logs/run1") as writer:
    ...                                              # in the training loop:
    writer.add(dd.summary.activations_pb("conv1", a), step=step)  # [batch, time, units]
    writer.add(dd.summary.preactivations_pb("conv1", z), step=step)
    g = dd.input_gradients(model, x, output_step=2048)
    writer.add(dd.summary.input_gradients_pb("risk", g, output_step=2048), step=step)`,
  ],
  [
    'NumPy, JAX, anything',
    `import tb_deepdebug as dd

with dd.EventWriter("logs/run1") as writer:
    ...                                              # in the training loop:
    writer.add(dd.summary.activations_pb("conv1", a), step=step)
    writer.add(dd.summary.input_gradients_pb("risk", g, output_step=2048), step=step)`,
  ],
];

export function Empty(): JSX.Element {
  const [chosen, choose] = useState(0);
  return (
    <main class="welcome" data-empty>
      <h1>No DeepDebug data in this log yet</h1>
      <p>
        DeepDebug shows which units are dead, where pre-activations lie, and how far back an output
        looks. Add a few lines to a training loop; this page fills as soon as the first step is
        written.
      </p>
      <div class="tabs" role="tablist" aria-label="Framework">
        {EXAMPLES.map(([title], i) => (
          <button role="tab" key={title} aria-selected={i === chosen} onClick={() => choose(i)}>
            {title}
          </button>
        ))}
      </div>
      <pre tabIndex={0} aria-label="Example code">
        {EXAMPLES[chosen][1]}
      </pre>
      <p>
        To see it filled, run <kbd>tb-deepdebug demo</kbd>. Looking for runs that should be here?
        Check that TensorBoard’s <kbd>--logdir</kbd> is the directory the runs are written to.
      </p>
    </main>
  );
}
