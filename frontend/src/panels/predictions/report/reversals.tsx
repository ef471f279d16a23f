/** Warnings where the answer over all rows and that within the strata disagree in sign. */
import type { JSX } from 'preact';
import type { Reversal } from '../analysis';
import { estimateText } from './numbers';
import { reversalSentence } from './sentence';

const MOST = 8;

export function Reversals({
  reversals,
}: {
  readonly reversals: readonly Reversal[];
}): JSX.Element | null {
  if (reversals.length === 0) return null;
  return (
    <div class="report-reversals" role="note" aria-label="Reversals">
      <b>Pooled and stratified answers disagree (Simpson’s paradox)</b>
      <ul>
        {reversals.map((reversal, i) => (
          <li key={i}>
            {reversalSentence(reversal)}{' '}
            {reversal.strata
              .slice(0, MOST)
              .map(([text, difference]) => `${text}: ${told(difference)}`)
              .join('; ')}
            {reversal.strata.length > MOST && `; and ${reversal.strata.length - MOST} more`}.
          </li>
        ))}
      </ul>
    </div>
  );
}

function told(difference: number): string {
  return estimateText({ value: difference, low: NaN, high: NaN }, true);
}
