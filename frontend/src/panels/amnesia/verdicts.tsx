/** The finding of every run in words: the legend of the plot. */
import type { JSX } from 'preact';
import { amnesiaVerdict, gainOverInit } from '../../amnesia';
import { descriptionOf } from '../../state';
import { Name } from '../../ui/name';
import type { Shown } from './questions';
import { untrainedOf } from './untrained';

const MAX_VERDICTS = 8;

export function Verdicts({
  shown,
  name,
}: {
  readonly shown: readonly Shown[];
  readonly name: string;
}): JSX.Element {
  const before = untrainedOf(name);
  return (
    <ul class="verdicts">
      {shown.slice(0, MAX_VERDICTS).map(({ run, colour, scalars, missing, failed }) => {
        const verdict = scalars && amnesiaVerdict(scalars);
        const untrained = before.get(run)?.last;
        const gain = scalars && untrained ? gainOverInit(scalars, untrained) : '';
        return (
          <li key={run} title={descriptionOf(run, 'input_gradients')}>
            <span class="swatch" style={{ background: colour }} />
            <Name text={run} />
            {!verdict && <span class="finding muted">{missing ?? failed}</span>}
            {verdict && (
              <span class="finding">
                <strong class={verdict.mark}>{verdict.words}</strong>
                {gain && <span class="muted"> · {gain}</span>}
              </span>
            )}
          </li>
        );
      })}
      {shown.length > MAX_VERDICTS && (
        <li class="muted">… and {shown.length - MAX_VERDICTS} more runs</li>
      )}
    </ul>
  );
}
