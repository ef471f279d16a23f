/** Choices that only these figures have, kept in the address like those of the whole page. */
import { signal } from '@preact/signals';
import { oneOf, persisted } from '../url';

/** What the heatmap's horizontal axis tells: the number of the timestep, or its time of day. */
export const clock = persisted('clock', 'step', oneOf('step', 'time'));

/** Whether all steps share the heatmap's colours or each step has its own. */
export const colourLimit = persisted('colours', 'fixed', oneOf('fixed', 'step'));

/** The step at which a person last sorted, by run and layer; otherwise the reference step. */
export const sortedAt = signal<ReadonlyMap<string, number>>(new Map());

/** Pre-activations of the layer over steps, of all units at a step, or of one unit over steps. */
export const histogramView = persisted(
  'preactivations.view',
  'layer',
  oneOf('layer', 'units', 'unit'),
);

export const valueAxis = persisted('preactivations.axis', 'symlog', oneOf('symlog', 'linear'));
