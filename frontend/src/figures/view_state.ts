/** Choices that only these figures have, kept in the address like those of the whole page. */
import { names, oneOf, persisted } from '../url';
import type { Codec } from '../url';

/** The layer at a step as a heatmap or, where it is one, as maps; or its units over the training. */
export const activationsView = persisted(
  'activations.view',
  'step',
  oneOf('step', 'maps', 'training'),
);

/** Whether maps of all units share the layer's colours or each has its own. */
export const mapColours = persisted('maps.colours', 'layer', oneOf('layer', 'unit'));

/** What the heatmap's horizontal axis tells: the number of the timestep, or its time of day. */
export const clock = persisted('clock', 'step', oneOf('step', 'time'));

/** Whether all steps share the heatmap's colours or each step has its own. */
export const colourLimit = persisted('colours', 'fixed', oneOf('fixed', 'step'));

/** Steps by name, as a list of names: a, 10, b, 20. */
export const stepsByName: Codec<ReadonlyMap<string, number>> = {
  parse: (text) => {
    const list = names.parse(text) ?? [];
    const pairs = list.flatMap((name, i) => (i % 2 ? [] : [[name, Number(list[i + 1])] as const]));
    return pairs.every(([, step]) => Number.isInteger(step)) ? new Map(pairs) : null;
  },
  format: (steps) => names.format([...steps].flatMap(([name, step]) => [name, String(step)])),
};

/** The step at which a person last sorted, by run and layer; otherwise the reference step. */
export const sortedAt = persisted<ReadonlyMap<string, number>>('sorted', new Map(), stepsByName);

/** Pre-activations of the layer over steps, of all units at a step, or of one unit over steps. */
export const histogramView = persisted(
  'preactivations.view',
  'layer',
  oneOf('layer', 'units', 'unit'),
);

export const valueAxis = persisted('preactivations.axis', 'symlog', oneOf('symlog', 'linear'));

/** What the pictures of gradients and weights show. */
export const layerMeasure = persisted(
  'gradients.measure',
  'gradient',
  oneOf('gradient', 'update', 'weight', 'output'),
);
