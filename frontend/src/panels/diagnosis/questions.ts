/** What the panel asks of the server: a diagnosis of each shown run, and one in detail. */
import { findings, scalars } from '../../api';
import type { RunInfo } from '../../api';
import { likelyTag } from '../../scalar_tag';
import { compare, compared, runFocus, runOf, shownRuns } from '../../state';
import { useLoaded, useLoadedAll } from '../../ui/loaded';
import type { Loaded } from '../../ui/loaded';
import type { Fields } from '../../wire';
import { decode } from './answer';
import type { Diagnosis } from './answer';

export interface RunAnswer {
  readonly run: RunInfo;
  readonly answer: Loaded<Fields>;
  /** Null until it is here, and where it can't be read. */
  readonly diagnosis: Diagnosis | null;
}

/** In the order of the runs; each appears when its answer is here, the one in detail first. */
export function useDiagnoses(): readonly RunAnswer[] {
  const shown = shownRuns.value;
  const first = lookedAt();
  const asked = [...shown].sort((a, b) => Number(b === first) - Number(a === first));
  const answers = useLoadedAll(asked.map((run) => findings(run)));
  return shown.map((run) => {
    const answer = answers[asked.indexOf(run)];
    return { run, answer, diagnosis: read(answer.data) };
  });
}

/** The run in detail: the one that all panels look at, or else the first. */
export function lookedAt(): RunInfo | null {
  const shown = shownRuns.value;
  const focus = shown.find(({ name }) => name === runFocus.value);
  return focus ?? runOf('activations') ?? shown[0] ?? null;
}

/** Beside another run, that run is what a healthy one looks like. */
export function referenceRun(): RunInfo | null {
  if (compare.value !== 'run') return null;
  const other = compared('activations')?.run ?? null;
  return other?.name === lookedAt()?.name ? null : other;
}

/** The chosen run against the reference; null where there is none. */
export function useCompared(): { readonly answer: Loaded<Fields>; readonly of: Diagnosis | null } {
  const [run, reference] = [lookedAt(), referenceRun()];
  const answer = useLoaded(run && reference ? findings(run, reference) : null);
  return { answer, of: read(answer.data) };
}

/** The loss of a run, as small as a word; null where there is none. */
export function lossOf(run: RunInfo) {
  const tag = likelyTag(run.scalars);
  return tag === null ? null : scalars({ run: run.name, tag });
}

const known = new WeakMap<Fields, Diagnosis | null>();

/** The same object for the same answer, so that what follows from it is kept. */
function read(fields: Fields | null): Diagnosis | null {
  if (fields === null) return null;
  const found = known.get(fields);
  if (found !== undefined) return found;
  const decoded = decode(fields);
  known.set(fields, decoded);
  return decoded;
}
