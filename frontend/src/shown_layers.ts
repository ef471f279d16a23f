/** The layers of the run looked at, in the order in which lists and keys go through them. */
import { computed, signal } from '@preact/signals';
import type { LayerRow } from './layers';
import { graphOf, notesOf, type ModelGraph, type RecorderNote } from './model';
import { recordNames, runOf, shownRuns } from './state';

/** The kinds of record that one row of the list of layers stands for. */
export const LAYER_KINDS = ['activations', 'preactivations'] as const;

/** Sorting along a graph is fetched with the first graph: most logs have none. */
const code = signal<typeof import('./layers') | null>(null);

export const shownLayers = computed<readonly LayerRow[]>(() => {
  const names = [...new Set(LAYER_KINDS.flatMap(recordNames))];
  const { graph, notes } = modelShown.value;
  if (graph && code.value) return code.value.layerRows(names, graph, notes);
  if (graph)
    void import('./layers').then(
      (loaded) => (code.value = loaded),
      () => undefined,
    );
  return names.map((name) => ({ name, label: name, nested: false, recorded: true, missing: null }));
});

/** The names of the layers that have records, in that order. */
export function layerNames(): readonly string[] {
  return shownLayers.value.filter(({ recorded }) => recorded).map(({ name }) => name);
}

/** Of the run that the layers' panels show, or of the first shown run that has a graph. */
export const modelShown = computed<{
  readonly run: string | null;
  readonly graph: ModelGraph | null;
  readonly notes: readonly RecorderNote[];
}>(() => {
  const having = shownRuns.value.filter(({ records }) =>
    records.some(({ kind }) => kind === 'graph'),
  );
  const looked = runOf('activations') ?? runOf('preactivations');
  const run = having.find((one) => one === looked) ?? having[0];
  if (!run) return { run: null, graph: null, notes: [] };
  return { run: run.name, graph: graphOf(run.name), notes: notesOf(run.name) };
});
