/** The numbers of a check, with their intervals. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CheckNumber } from './answer';
import { intervalWords, numberWords } from './words';

const MOST = 12;

export function Numbers({
  numbers,
}: {
  readonly numbers: readonly CheckNumber[];
}): JSX.Element | null {
  const [all, setAll] = useState(false);
  if (numbers.length === 0) return null;
  return (
    <>
      <dl class="numbers">
        {numbers.slice(0, all ? undefined : MOST).map((number, i) => (
          <div key={i}>
            <dt class="muted small">{number.name}</dt>
            <dd>
              <span class="value">{numberWords(number)}</span>
              <span class="muted small">{intervalWords(number)}</span>
            </dd>
          </div>
        ))}
      </dl>
      {!all && numbers.length > MOST && (
        <button class="link" onClick={() => setAll(true)}>
          Show all {numbers.length} numbers
        </button>
      )}
    </>
  );
}
