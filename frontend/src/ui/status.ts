/** Tells a panel's card how its questions stand. */
import { useLayoutEffect } from 'preact/hooks';
import type { Loaded } from './loaded';
import type { Panel, Status } from './panel';

/**
 * Reports `ready` once every question has something to show, stale or not. `empty`, where given,
 * is said instead once the answers are in.
 */
export function useStatus(
  panel: Panel,
  answers: readonly Loaded<unknown>[],
  empty: string | null = null,
): void {
  const status = combined(answers, empty);
  const said = JSON.stringify(status);
  useLayoutEffect(() => {
    panel.status.value = status;
  }, [said]);
}

function combined(answers: readonly Loaded<unknown>[], empty: string | null): Status {
  const failed = answers.find(({ state }) => state === 'error');
  if (failed) {
    const retry = (): void => answers.forEach((answer) => answer.retry());
    return { state: 'error', reason: failed.reason ?? '', retry };
  }
  if (answers.some(({ state, data }) => state === 'loading' && data === null)) {
    return { state: 'loading' };
  }
  return empty === null ? { state: 'ready' } : { state: 'empty', reason: empty };
}
