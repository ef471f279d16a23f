/**
 * The panels of the page, from top to bottom. The code of the first picture is there from the
 * start; that of the others comes once it is drawn.
 */
import { computed } from '@preact/signals';
import { runs } from '../state';
import { lazy } from '../ui/lazy';
import type { PanelSpec } from '../ui/panel';
import { activations } from './activations';

const PANELS: readonly PanelSpec[] = [
  {
    id: 'diagnosis',
    title: 'Diagnosis',
    question: 'What is wrong, since when, and what to try?',
    kind: null,
    wide: true,
    component: lazy(async () => (await import('./diagnosis')).DiagnosisPanel, true),
  },
  activations,
  {
    id: 'preactivations',
    title: 'Pre-activations',
    question: 'Where do a layer’s inputs lie relative to zero?',
    kind: 'preactivations',
    component: lazy(async () => (await import('./preactivations')).Preactivations, true),
  },
  {
    id: 'amnesia',
    title: 'Amnesia',
    question: 'How far back does the output look?',
    kind: 'input_gradients',
    component: lazy(async () => (await import('./amnesia')).Amnesia, true),
  },
  {
    id: 'gradients',
    title: 'Gradients and weights',
    question: 'Do gradients vanish or explode with depth, do weights move?',
    kind: 'health',
    optional: true,
    wide: true,
    component: lazy(async () => (await import('./gradients')).Gradients, true),
  },
  {
    id: 'gates',
    title: 'Gates',
    question: 'Do the gates open and close, or are they stuck?',
    kind: 'gates',
    optional: true,
    wide: true,
    component: lazy(async () => (await import('./gates')).Gates, true),
  },
  {
    id: 'predictions',
    title: 'Predictions',
    question: 'Where does the model win and lose, for whom, and why?',
    kind: 'predictions',
    optional: true,
    wide: true,
    component: lazy(async () => (await import('./predictions')).PredictionsPanel, true),
  },
  {
    id: 'checks',
    title: 'Checks',
    question: 'What was verified, what was not, and what to do next?',
    kind: null,
    wide: true,
    component: lazy(async () => (await import('./checks')).ChecksPanel, true),
  },
];

/** Those of the log at hand: an optional panel stands only where a run has its kind of record. */
export const panels = computed<readonly PanelSpec[]>(() => {
  const kinds = new Set(runs.value.flatMap(({ records }) => records.map(({ kind }) => kind)));
  return PANELS.filter(({ kind, optional }) => !optional || kind === null || kinds.has(kind));
});
