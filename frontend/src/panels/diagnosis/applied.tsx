/** How much was looked at: which rules were applied, and which could not be, and why. */
import type { JSX } from 'preact';
import type { Diagnosis, NotApplicable } from './answer';
import { appliedWords, sentence } from './words';

export function Applied({ of }: { readonly of: Diagnosis }): JSX.Element {
  const groups = byRule(of.notApplicable);
  // What was looked at says what it is worth that nothing was found.
  const clean = of.findings.length === 0 ? 'No finding. ' : '';
  if (groups.size === 0) return <p class="applied muted">{clean + appliedWords(of)}</p>;
  return (
    <details class="applied">
      <summary>{clean + appliedWords(of)}</summary>
      <dl>
        {[...groups].map(([title, of]) => (
          <div key={title}>
            <dt>{title}</dt>
            {of.map(({ layer, reason }, i) => (
              <dd key={i} class="muted">
                {layer === null ? '' : `${layer}: `}
                {sentence(reason)}
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </details>
  );
}

function byRule(all: readonly NotApplicable[]): ReadonlyMap<string, readonly NotApplicable[]> {
  const groups = new Map<string, NotApplicable[]>();
  for (const one of all) {
    const known = groups.get(one.title);
    if (known) known.push(one);
    else groups.set(one.title, [one]);
  }
  return groups;
}
