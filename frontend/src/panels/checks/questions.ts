/** What the panel asks of the server: the words of each check of one run, and one check whole. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import { frame } from '../../api';
import type { Frame, RecordInfo, Request, RunInfo } from '../../api';
import { recordChoice, runFocus, runOf, shownRuns } from '../../state';
import { useLoaded, useLoadedAll } from '../../ui/loaded';
import type { Loaded } from '../../ui/loaded';
import { decode } from './answer';
import type { Answer } from './answer';
import { KIND } from './rows';

function hasChecks({ records }: RunInfo): boolean {
  return records.some(({ kind }) => kind === KIND);
}

/** The run in detail: the one looked at, or else the first that was checked. */
export function lookedAt(): RunInfo | null {
  const shown = shownRuns.value;
  const focus = shown.find(({ name }) => name === runFocus.value);
  if (focus) return focus;
  const usual = runOf('activations');
  return (usual && hasChecks(usual) ? usual : shown.find(hasChecks)) ?? usual ?? shown[0] ?? null;
}

/** The line that is open, by its id; null: none. */
export function opened(): string | null {
  return recordChoice[KIND].value;
}

export function open(id: string | null): void {
  recordChoice[KIND].value = id;
}

export interface Told {
  readonly answer: Loaded<Frame>;
  /** Null until it is here, and where it can't be read. */
  readonly read: Answer | null;
}

/** By the record's name; nothing is asked while `wanted` is false. */
export function useWords(run: RunInfo | null, wanted: boolean): ReadonlyMap<string, Told> {
  const records = run && wanted ? run.records.filter(({ kind }) => kind === KIND) : [];
  const asked = run ? records.flatMap((record) => requestOf(run, record, []) ?? []) : [];
  const answers = useLoadedAll(asked);
  const having = records.filter(({ steps }) => steps.length > 0);
  return new Map(
    having.map(({ name }, i) => [name, { answer: answers[i], read: readOf(answers[i].data) }]),
  );
}

/** The check with its pictures; asks nothing of null. */
export function useWhole(run: RunInfo, record: RecordInfo | null): Told {
  const answer = useLoaded(record && requestOf(run, record));
  return { answer, read: readOf(answer.data) };
}

/** The last record counts. No picture of another panel has to wait for it. */
function requestOf(
  run: RunInfo,
  record: RecordInfo,
  planes?: readonly string[],
): Request<Frame> | null {
  const step = record.steps.at(-1);
  if (step === undefined) return null;
  return { ...frame({ run: run.name, name: record.name, kind: KIND, step, planes }), slow: true };
}

const known = new WeakMap<Frame, Answer | null>();

/** The same object for the same answer, so that what follows from it is kept. */
function readOf(answer: Frame | null): Answer | null {
  if (answer === null) return null;
  const found = known.get(answer);
  if (found !== undefined) return found;
  const decoded = answer.damaged === null ? decode(answer.header) : null;
  known.set(answer, decoded);
  return decoded;
}

/** Whether an element has been on the screen, or nearly. */
export function useSeen<E extends HTMLElement>(): readonly [RefObject<E>, boolean] {
  const element = useRef<E>(null!);
  const [seen, setSeen] = useState(false);
  useLayoutEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: '300px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, seen];
}
