/** What a run says once about its model and its recorder, asked for when it is first read. */
import { signal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { frame, load } from './api';
import { runs } from './state';
import type { Fields, Kind } from './wire';

/** A layer of the model, or an operation between layers. */
export interface GraphNode {
  readonly name: string;
  /** The class: "Conv1D". */
  readonly kind: string;
  readonly activation: string | null;
  /** Of the output; null where a size is not known. */
  readonly shape: readonly (number | null)[] | null;
  /** How many weights it has. */
  readonly parameters: number;
  /** Names of what was recorded of it. */
  readonly records: readonly string[];
}

/** From the inputs to the outputs: every edge leads from an earlier node to a later one. */
export interface ModelGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** Something that the recorder could not measure, and why. */
export interface RecorderNote {
  readonly what: string;
  readonly reason: string;
  readonly step: number | null;
}

/** Reading it asks for it; null until it is here, and where the run has none. */
export function graphOf(run: string): ModelGraph | null {
  // Who draws the model draws its notes: asked for together, they come in one answer.
  headerOf(run, 'recorder');
  const header = headerOf(run, 'graph');
  return header && Array.isArray(header['nodes']) && Array.isArray(header['edges'])
    ? (header as unknown as ModelGraph)
    : null;
}

/** Reading it asks for it; nothing until it is here. */
export function notesOf(run: string): readonly RecorderNote[] {
  const notes = headerOf(run, 'recorder')?.['notes'];
  return Array.isArray(notes) ? notes : [];
}

const headers = new Map<string, Signal<Fields | null>>();
/** By what is asked about: shown until that of a newer step is here, so that nothing blinks. */
const latest = new Map<string, Fields>();

/** The header of the last frame of the run's first record of a kind. */
function headerOf(run: string, kind: Kind): Fields | null {
  const found = runs.value.find(({ name }) => name === run);
  const record = found?.records.find((one) => one.kind === kind && one.steps.length > 0);
  if (!record) return null;
  const request = frame({
    run,
    name: record.name,
    kind,
    step: record.steps[record.steps.length - 1],
  });
  const known = headers.get(request.key) ?? signal(latest.get(request.subject) ?? null);
  if (!headers.has(request.key)) {
    headers.set(request.key, known);
    load(request).then(
      ({ header }) => {
        latest.set(request.subject, header);
        known.value = header;
      },
      // Whoever reads it again asks again.
      () => headers.delete(request.key),
    );
  }
  return known.value;
}
