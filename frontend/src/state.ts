/** What the person has chosen and what follows from it. Panels read these signals and set them. */
import { computed, signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { Index, RecordInfo, RunInfo } from './api';
import { sickest } from './health';
import { flag, integer, names, oneOf, optional, persisted, range, text } from './url';
import type { Kind, PanelKind } from './wire';

// What the server has.

/** Null until the first answer. */
export const index = signal<Index | null>(null);
/** Why the last attempt to read the index failed, or null. */
export const indexError = signal<string | null>(null);
export const theme = signal<'light' | 'dark'>('light');
/** Text on a canvas does not change by itself when its font arrives. */
export const fontsLoaded = signal(false);

// What the person chose (all of it in the address).

export const runFilter = persisted('filter', '', text);
/** Null: nobody has chosen, so the first few are shown and new ones join. */
export const runChoice = persisted<readonly string[] | null>('runs', null, optional(names));
/** The run of panels that show one; null: the one that looks worst. */
export const runFocus = persisted<string | null>('run', null, optional(text));
/** The chosen record of each kind; null: the one that looks worst. */
export const recordChoice = {
  activations: persisted<string | null>('activations', null, optional(text)),
  preactivations: persisted<string | null>('preactivations', null, optional(text)),
  input_gradients: persisted<string | null>('gradients', null, optional(text)),
  health: persisted<string | null>('health', null, optional(text)),
  gates: persisted<string | null>('gates', null, optional(text)),
  predictions: persisted<string | null>('predictions', null, optional(text)),
  check: persisted<string | null>('check', null, optional(text)),
} as const;
/** The weight or bias looked at in detail, by name; null: none. */
export const parameter = persisted<string | null>('parameter', null, optional(text));
/** The training step of every panel; null: the latest, following a live run. */
export const step = persisted<number | null>('step', null, optional(integer));
/** The scalar above which the step is chosen; null: the one that looks like a loss. */
export const scalarTag = persisted<string | null>('scalar', null, optional(text));
export const scalarLog = persisted('scalarlog', false, flag);
/** Side by side with the chosen: another run, or another step of the same run. */
export const compare = persisted<'off' | 'run' | 'step'>(
  'compare',
  'off',
  oneOf('off', 'run', 'step'),
);
export const compareRun = persisted<string | null>('runb', null, optional(text));
export const compareStep = persisted<number | null>('stepb', null, optional(integer));
export const unitOrder = persisted<'index' | 'similarity' | 'health'>(
  'order',
  'index',
  oneOf('index', 'similarity', 'health'),
);
/** The unit looked at in detail, by index; null: none. */
export const unit = persisted<number | null>('unit', null, optional(integer));
/** The units from top to bottom as the heatmap shows them; null where there is none. */
export const shownOrder = signal<ArrayLike<number> | null>(null);
/** Which of the pictured examples is shown, and whether all are, side by side. */
export const example = persisted('example', 0, integer);
export const allExamples = persisted('examples', false, flag);
/** How many examples the pictures shown have; what the key goes round. */
export const exampleCount = signal(1);
/** 0: the channels combined; 1 + c: channel c. */
export const channel = persisted('channel', 0, integer);
/** What the axis of time counts in the amnesia plot. */
export const timeAxis = persisted<'timestep' | 'lag'>('axis', 'timestep', oneOf('timestep', 'lag'));
/** The window of timesteps in the activations panel; null: all. */
export const zoom = persisted<readonly [number, number] | null>('zoom', null, optional(range));
/** The window of rows there, in the order shown; null: all. */
export const rowZoom = persisted<readonly [number, number] | null>('rows', null, optional(range));
/** The window of timesteps or lags in the amnesia plot; null: all. */
export const gradientZoom = persisted<readonly [number, number] | null>(
  'gradientzoom',
  null,
  optional(range),
);
/** The output step whose curve the amnesia plot shows; null: the recorded one. */
export const outputStep = persisted<number | null>('outputstep', null, optional(integer));
/** The panels that are folded up, by id. */
export const folded = persisted<readonly string[]>('folded', [], names);

// What follows.

/** How many runs are shown while nobody has chosen. */
export const DEFAULT_RUNS = 10;

export const runs: ReadonlySignal<readonly RunInfo[]> = computed(() => index.value?.runs ?? []);

/** Null while the text in the filter is not a regular expression yet. */
export const runPattern = computed<RegExp | null>(() => {
  try {
    return new RegExp(runFilter.value, 'i');
  } catch {
    return null;
  }
});

/** The runs the filter lets through. */
export const matchingRuns = computed(() => {
  const pattern = runPattern.value;
  return pattern ? runs.value.filter(({ name }) => pattern.test(name)) : runs.value;
});

/** The runs that panels show, in TensorBoard's order. */
export const shownRuns = computed<readonly RunInfo[]>(() => {
  const choice = runChoice.value;
  if (choice === null) return matchingRuns.value.slice(0, DEFAULT_RUNS);
  const chosen = new Set(choice);
  return matchingRuns.value.filter(({ name }) => chosen.has(name));
});

/** What one panel shows of one run: the record, or null where the run has none of that name. */
export function recordIn(run: RunInfo | null, kind: Kind, name: string | null): RecordInfo | null {
  return run?.records.find((record) => record.kind === kind && record.name === name) ?? null;
}

/** The names of a kind over the shown runs, in the order in which they were met. */
export function recordNames(kind: Kind): readonly string[] {
  const found = new Set<string>();
  for (const run of shownRuns.value) {
    for (const record of run.records) if (record.kind === kind) found.add(record.name);
  }
  return [...found];
}

/** The chosen record's name of a kind, or the one that looks worst; null where there is none. */
export const recordName: Readonly<Record<PanelKind, ReadonlySignal<string | null>>> = {
  activations: computed(() => chosenName('activations')),
  preactivations: computed(() => chosenName('preactivations')),
  input_gradients: computed(() => chosenName('input_gradients')),
  health: computed(() => chosenName('health')),
  gates: computed(() => chosenName('gates')),
  predictions: computed(() => chosenName('predictions')),
  check: computed(() => chosenName('check')),
};

/**
 * The run that a panel showing one run shows: the focus, or else the worst-looking that has the
 * record. The others go with the activations, so that all show one and the same run.
 */
export function runOf(kind: PanelKind): RunInfo | null {
  const name = recordName[kind].value;
  const having = shownRuns.value.filter((run) => recordIn(run, kind, name) !== null);
  const wanted = [
    runFocus.value,
    kind === 'activations' || kind === 'input_gradients' ? undefined : runOf('activations')?.name,
    worst(kind)?.run,
  ];
  for (const candidate of wanted) {
    const found = having.find((run) => run.name === candidate);
    if (found) return found;
  }
  return having[0] ?? null;
}

/** The second of a comparison: where to look beside `runOf(kind)` at `step`; null: no comparison. */
export function compared(
  kind: PanelKind,
): { readonly run: RunInfo; readonly step: number | null } | null {
  const first = runOf(kind);
  if (!first) return null;
  const name = recordName[kind].value;
  if (compare.value === 'step') {
    const steps = recordIn(first, kind, name)?.steps ?? [];
    return { run: first, step: compareStep.value ?? steps[0] ?? null };
  }
  if (compare.value === 'off') return null;
  const having = shownRuns.value.filter((run) => recordIn(run, kind, name));
  if (kind === 'preactivations' && runOf('activations')) {
    // The same two runs as above, in the same order; alone where one of them has no such record.
    const beside = compared('activations');
    const run = having.find((other) => other === beside?.run);
    return run && run !== first ? { run, step: step.value } : null;
  }
  const others = having.filter((run) => run !== first);
  const run = others.find((other) => other.name === compareRun.value) ?? others[0];
  return run ? { run, step: step.value } : null;
}

/** The recorded step nearest to the wanted one; null wants the last. */
export function nearestStep(steps: readonly number[], wanted: number | null): number | null {
  if (steps.length === 0) return null;
  if (wanted === null) return steps[steps.length - 1];
  return steps.reduce((best, other) =>
    Math.abs(other - wanted) < Math.abs(best - wanted) ? other : best,
  );
}

/** Kinds that tell of the run as a whole: nothing of theirs changes with the step. */
const ONCE_A_RUN: readonly Kind[] = ['untrained', 'graph', 'recorder', 'setup', 'check'];

/** Every step of the shown runs that has a picture, ascending. */
export const recordedSteps = computed<readonly number[]>(() => {
  const found = new Set<number>();
  for (const run of shownRuns.value) {
    for (const { kind, steps } of run.records) {
      if (!ONCE_A_RUN.includes(kind)) for (const at of steps) found.add(at);
    }
  }
  return [...found].sort((a, b) => a - b);
});

/** Reasons why something of this record can't be shown, for the panel's notes. */
export function problemsOf(run: string, name: string, kind: Kind): readonly string[] {
  const problems = index.value?.problems ?? [];
  const tags = [`${name}/${kind}`, `${name}/${kind}/series`];
  return problems
    .filter((problem) => problem.run === run && tags.includes(problem.tag))
    .map(({ step: at, reason }) =>
      at === null
        ? `${name} of ${run}: ${reason}`
        : `step ${at} of ${name} (${run}) is damaged: ${reason}`,
    );
}

/**
 * What the writer of the record said about it, plain text from any source; nothing where the runs
 * shown say different things, which stand beside each run instead.
 */
export function description(kind: PanelKind): string {
  const focus = runOf(kind);
  const looked = kind === 'input_gradients' ? shownRuns.value : focus ? [focus] : [];
  const texts = new Set(looked.map(({ name }) => descriptionOf(name, kind)));
  texts.delete('');
  return texts.size === 1 ? [...texts].join('') : '';
}

/** What the writer of one run's record said about it. */
export function descriptionOf(run: string, kind: PanelKind): string {
  const found = shownRuns.value.find(({ name }) => name === run);
  return (found && recordIn(found, kind, recordName[kind].value)?.description.trim()) ?? '';
}

/** A window of timesteps means nothing in lags. */
export function setTimeAxis(axis: 'timestep' | 'lag'): void {
  if (timeAxis.value !== axis) gradientZoom.value = null;
  timeAxis.value = axis;
}

/** Moves the chosen unit by rows as they are shown, and stays at the ends; unchosen begins on top. */
export function moveUnit(rows: number): void {
  const order = shownOrder.value ?? byIndex();
  if (order.length === 0) return;
  const row = unit.value === null ? -1 : Array.prototype.indexOf.call(order, unit.value);
  const next = row < 0 ? 0 : Math.min(order.length - 1, Math.max(0, row + rows));
  unit.value = order[next];
}

/** Shows another example, round and round. */
export function moveExample(by: number): void {
  const count = exampleCount.value;
  example.value = (Math.min(example.value, count - 1) + by + count) % count;
}

function byIndex(): readonly number[] {
  const kind = recordName.activations.value === null ? 'preactivations' : 'activations';
  const record = recordIn(runOf(kind), kind, recordName[kind].value);
  return Array.from({ length: record?.last?.['units'] ?? 0 }, (_, unit) => unit);
}

/** Steps all panels to the recorded step `offset` places away; past the end it follows live again. */
export function moveStep(offset: number): void {
  const steps = recordedSteps.value;
  const current = nearestStep(steps, step.value);
  if (current === null) return;
  const place = Math.max(0, steps.indexOf(current) + offset);
  step.value = place >= steps.length - 1 ? null : steps[place];
}

// While a run is live its health changes, and so do the runs that are shown; a default that has been
// seen must not jump about because of that.
const remembered = new Map<PanelKind, { readonly run: string; readonly name: string }>();

function worst(kind: PanelKind): { readonly run: string; readonly name: string } | null {
  const kept = remembered.get(kind);
  if (kept && recordNames(kind).includes(kept.name)) return kept;
  const found = sickest(shownRuns.value, kind);
  if (found) remembered.set(kind, found);
  return found;
}

function chosenName(kind: PanelKind): string | null {
  const available = recordNames(kind);
  const choice = recordChoice[kind].value;
  if (choice !== null && available.includes(choice)) return choice;
  const sibling = siblingOf(kind);
  if (sibling !== null) {
    const chosen = recordChoice[sibling].value;
    if (chosen !== null && recordNames(sibling).includes(chosen)) {
      // The other kind of the layer that was chosen, or none: not that of another layer.
      return available.includes(chosen) ? chosen : null;
    }
    // Without any choice a layer's pre-activations go with its activations.
    if (kind === 'preactivations' && recordName.activations.value !== null) {
      return available.find((name) => name === recordName.activations.value) ?? null;
    }
  }
  return worst(kind)?.name ?? null;
}

/** The kind recorded of the same layers; null where the two do not go by the same names. */
export function siblingOf(kind: PanelKind): PanelKind | null {
  if (kind !== 'activations' && kind !== 'preactivations') return null;
  const sibling = kind === 'activations' ? 'preactivations' : 'activations';
  const names = new Set(recordNames(sibling));
  return recordNames(kind).some((name) => names.has(name)) ? sibling : null;
}

/** The chosen layer where it has records of another kind only; null otherwise. */
export function layerWithout(kind: PanelKind): string | null {
  const sibling = siblingOf(kind);
  return sibling === null || recordName[kind].value !== null ? null : recordName[sibling].value;
}
