/** The layers of the run looked at, in the order in which lists and keys go through them. */
import { computed, signal } from '@preact/signals';
import type { LayerRow, Model } from './layers';
import { graphOf, notesOf } from './model';
import { recordNames, shownRuns } from './state';

/** The kinds of record that one row of the list of layers stands for. */
export const LAYER_KINDS = ['activations', 'preactivations'] as const;

/** Sorting along a graph is fetched with the first graph: most logs have none. */
const code = signal<typeof import('./layers') | null>(null);

export const shownLayers = computed<readonly LayerRow[]>(() => {
  const names = [...new Set(LAYER_KINDS.flatMap(recordNames))];
  const models = modelsOf(names);
  if (models.length > 0 && code.value) return code.value.layerRows(names, models);
  if (models.length > 0) {
    void import('./layers').then(
      (loaded) => (code.value = loaded),
      () => undefined,
    );
  }
  return names.map((name) => ({ name, label: name, nested: false, recorded: true, missing: null }));
});

/** The names of the layers that have records, in that order. */
export function layerNames(): readonly string[] {
  return shownLayers.value.filter(({ recorded }) => recorded).map(({ name }) => name);
}

/**
 * The models of the shown runs, as many as it takes to know every name: ten runs of one model need
 * one graph. The order is that of the runs, so that a list does not jump when another is looked at.
 */
function modelsOf(names: readonly string[]): readonly Model[] {
  const left = new Set(names);
  const models: Model[] = [];
  for (const { name: run, records } of shownRuns.value) {
    const news = records.some(({ name }) => left.has(name));
    const graph = news ? graphOf(run) : null;
    if (!graph) continue;
    models.push({ graph, notes: notesOf(run) });
    for (const node of graph.nodes) for (const name of node.records) left.delete(name);
  }
  return models;
}
