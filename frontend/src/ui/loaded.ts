/** Hooks that ask the server and keep the last good picture while the next one is on its way. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { load, peek } from '../api';
import type { Request } from '../api';

/**
 * What has come so far. `data` is the newest good answer: while `state` is `loading` or `error` it
 * may still belong to another step of the same subject (`stale`), so that a picture never blinks.
 */
export interface Loaded<T> {
  readonly state: 'idle' | 'loading' | 'ready' | 'error';
  readonly data: T | null;
  readonly stale: boolean;
  readonly reason: string | null;
  readonly retry: () => void;
}

interface Settled<T> {
  readonly key: string;
  readonly data: T | null;
  readonly reason: string | null;
}

/** One question; null asks nothing. */
export function useLoaded<T>(request: Request<T> | null): Loaded<T> {
  return useLoadedAll(request ? [request] : [])[0] ?? IDLE;
}

/** Several questions at once, answered one by one; answers to questions no longer asked are dropped. */
export function useLoadedAll<T>(requests: readonly Request<T>[]): readonly Loaded<T>[] {
  const [, redraw] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const settled = useRef(new Map<string, Settled<T>>());
  const previous = useRef(new Map<string, T>());
  const keys = requests.map((request) => request.key).join('\n');

  useLayoutEffect(() => {
    const abort = new AbortController();
    const asked = new Set(requests.map((request) => request.key));
    for (const key of settled.current.keys()) if (!asked.has(key)) settled.current.delete(key);
    const settle = (answer: Settled<T>): void => {
      if (abort.signal.aborted) return;
      settled.current.set(answer.key, answer);
      redraw((count) => count + 1);
    };
    for (const request of requests) {
      const { key } = request;
      if (peek(request) !== undefined || settled.current.get(key)?.data != null) continue;
      load(request, abort.signal).then(
        (data) => settle({ key, data, reason: null }),
        (error: unknown) => settle({ key, data: null, reason: reasonOf(error) }),
      );
    }
    return () => abort.abort();
  }, [keys, attempt]);

  const retry = (): void => {
    settled.current.clear();
    setAttempt((count) => count + 1);
  };
  const answers = requests.map((request) =>
    answer(
      peek(request),
      settled.current.get(request.key),
      previous.current.get(request.subject) ?? null,
      retry,
    ),
  );
  useEffect(() => {
    answers.forEach(({ data }, i) => {
      if (data !== null) previous.current.set(requests[i].subject, data);
    });
  });
  return answers;
}

const IDLE = {
  state: 'idle',
  data: null,
  stale: false,
  reason: null,
  retry: () => undefined,
} as const;

function answer<T>(
  cached: T | undefined,
  settled: Settled<T> | undefined,
  previous: T | null,
  retry: () => void,
): Loaded<T> {
  const data = cached ?? settled?.data ?? null;
  if (data !== null) return { state: 'ready', data, stale: false, reason: null, retry };
  const reason = settled?.reason ?? null;
  const state = reason === null ? 'loading' : 'error';
  return { state, data: previous, stale: previous !== null, reason, retry };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
