/** What to try, the best supported first: what to do, why, and which argument to change to what. */
import type { JSX } from 'preact';
import type { Fix } from './answer';
import { changeWords, sentence } from './words';

export function Fixes({ fixes }: { readonly fixes: readonly Fix[] }): JSX.Element | null {
  if (fixes.length === 0) return null;
  return (
    <section class="fixes">
      <h4>What to try</h4>
      <ol>
        {fixes.map((fix, i) => {
          const change = changeWords(fix);
          return (
            <li key={i}>
              <strong>{fix.action}</strong> {change !== null && <code>{change}</code>}
              <span class="muted">{sentence(fix.reason)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
