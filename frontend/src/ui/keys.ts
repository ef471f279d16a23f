/** The keyboard: every key acts on the view state, whatever has the focus but a text field. */
import {
  compare,
  gradientZoom,
  moveExample,
  outputStep,
  parameter,
  moveStep,
  moveUnit,
  recordName,
  step,
  recordedSteps,
  rowZoom,
  setTimeAxis,
  timeAxis,
  unit,
  unitOrder,
  zoom,
} from '../state';
import { LAYER_KINDS, layerNames } from '../shown_layers';
import { chooseRecord } from './rail';

/** Acts on a key; false where the key means nothing here. */
export function act(key: string, toggleHelp: () => void): boolean {
  const action = ACTIONS[key];
  if (key === '?') toggleHelp();
  else if (action) action();
  else return false;
  return true;
}

const ACTIONS: Readonly<Record<string, (() => void) | undefined>> = {
  ArrowLeft: () => moveStep(-1),
  ArrowRight: () => moveStep(1),
  PageUp: () => moveStep(10),
  PageDown: () => moveStep(-10),
  Home: () => (step.value = recordedSteps.value[0] ?? null),
  End: () => (step.value = null),
  '[': () => moveLayer(-1),
  ']': () => moveLayer(1),
  j: () => moveUnit(1),
  k: () => moveUnit(-1),
  e: () => moveExample(1),
  E: () => moveExample(-1),
  o: () => (unitOrder.value = after(['index', 'similarity', 'health'], unitOrder.value)),
  c: () => (compare.value = after(['off', 'run', 'step'], compare.value)),
  t: () => setTimeAxis(after(['timestep', 'lag'], timeAxis.value)),
  r: () => document.getElementById('run-filter')?.focus(),
  Escape: () => {
    unit.value = null;
    parameter.value = null;
    zoom.value = null;
    rowZoom.value = null;
    gradientZoom.value = null;
    outputStep.value = null;
  },
};

/** The choice after `current`, round and round. */
export function after<T>(choices: readonly T[], current: T): T {
  return choices[(choices.indexOf(current) + 1) % choices.length];
}

function moveLayer(offset: number): void {
  const names = layerNames();
  const current = names.indexOf(
    recordName.activations.value ?? recordName.preactivations.value ?? '',
  );
  const next = names[Math.min(names.length - 1, Math.max(0, current + offset))];
  if (next !== undefined) chooseRecord(next, LAYER_KINDS);
}

/** These scroll the page unless the loss curve has the focus. */
const PAGING = ['Home', 'End', 'PageUp', 'PageDown'];

/** Keys belong to the field that is typed in, and to the browser where a modifier is held. */
export function isForUs(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = event.target instanceof Element ? event.target : null;
  if (PAGING.includes(event.key)) return target?.closest('[role=slider]') != null;
  const field = target?.closest<HTMLElement>(
    'input:not([type=checkbox]), select, textarea, dialog',
  );
  if (event.key === 'Escape') field?.blur();
  return !field;
}
