/** What a click in a diagnosis looks at: a run, a layer, a step, and the panel that shows it. */
import { batch, computed } from '@preact/signals';
import { graphOf } from '../../model';
import { LAYER_KINDS } from '../../shown_layers';
import { recordChoice, recordedSteps, recordNames, runFocus, siblingOf, step } from '../../state';
import { chooseRecord } from '../../ui/rail';
import { showPanel, unfold } from '../../ui/show_panel';
import type { PanelKind } from '../../wire';
import type { Evidence } from './answer';

/** The panel that shows records of a kind, and the kind that is chosen there. */
const PANELS: Readonly<Record<string, { readonly panel: string; readonly kind: PanelKind }>> = {
  activations: { panel: 'activations', kind: 'activations' },
  preactivations: { panel: 'preactivations', kind: 'preactivations' },
  input_gradients: { panel: 'amnesia', kind: 'input_gradients' },
  jacobian: { panel: 'amnesia', kind: 'input_gradients' },
  untrained: { panel: 'amnesia', kind: 'input_gradients' },
  health: { panel: 'gradients', kind: 'health' },
  gates: { panel: 'gates', kind: 'gates' },
  predictions: { panel: 'predictions', kind: 'predictions' },
  check: { panel: 'checks', kind: 'check' },
};

/** The id of the panel that shows an evidence's record; null where none does. */
export function panelOf({ kind, name }: Pick<Evidence, 'kind' | 'name'>): string | null {
  const target = kind === null ? undefined : PANELS[kind];
  return target && name !== null && recordNames(target.kind).includes(name) ? target.panel : null;
}

export function lookAtRun(run: string): void {
  runFocus.value = run;
}

/** The last step follows a live run. */
export function lookAtStep(at: number): void {
  const last = recordedSteps.peek().at(-1);
  step.value = last !== undefined && at >= last ? null : at;
}

const recorded = computed<ReadonlySet<string>>(() => new Set(LAYER_KINDS.flatMap(recordNames)));

/** The record of a layer that lists and keys go through; null where nothing of it was recorded. */
export function recordOf(run: string, layer: string): string | null {
  if (recorded.value.has(layer)) return layer;
  const node = graphOf(run)?.nodes.find(({ name }) => name === layer);
  return node?.records.find((name) => recorded.value.has(name)) ?? null;
}

export function lookAtLayer(run: string, layer: string): void {
  const name = recordOf(run, layer);
  batch(() => {
    lookAtRun(run);
    if (name !== null) chooseRecord(name, LAYER_KINDS);
  });
}

/** Opens the panel that shows the evidence, at its record and its step. */
export function lookAtEvidence(run: string, { kind, name, step: at }: Evidence): void {
  const target = kind === null ? undefined : PANELS[kind];
  batch(() => {
    lookAtRun(run);
    if (at !== null) lookAtStep(at);
    if (!target || name === null || !recordNames(target.kind).includes(name)) return;
    // Both kinds of a layer go together, as in the list of layers.
    if (siblingOf(target.kind) !== null) chooseRecord(name, LAYER_KINDS);
    else recordChoice[target.kind].value = name;
    unfold(target.panel);
  });
  if (target) showPanel(target.panel);
}
