/** The panels of the page, from top to bottom. */
import { computed } from '@preact/signals';
import { runs } from '../state';
import type { PanelSpec } from '../ui/panel';
import { activations } from './activations';
import { amnesia } from './amnesia';
import { gates } from './gates';
import { gradients } from './gradients';
import { preactivations } from './preactivations';

const PANELS: readonly PanelSpec[] = [activations, preactivations, amnesia, gradients, gates];

/** Those of the log at hand: an optional panel stands only where a run has its kind of record. */
export const panels = computed<readonly PanelSpec[]>(() => {
  const kinds = new Set(runs.value.flatMap(({ records }) => records.map(({ kind }) => kind)));
  return PANELS.filter(({ kind, optional }) => !optional || kinds.has(kind));
});
