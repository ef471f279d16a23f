/** What follows from a cause, link by link, each with what connects it to the one before. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { consequences } from './chain';
import type { Link, Tree } from './chain';
import { EvidenceList } from './evidence';
import { Layers, Since } from './parts';
import { SeverityMark } from './severity_mark';
import { sentence } from './words';

/** More than these are folded away. */
const MOST = 4;

export function Consequences({
  run,
  tree,
}: {
  readonly run: string;
  readonly tree: Tree;
}): JSX.Element | null {
  const [all, setAll] = useState(false);
  const links = consequences(tree);
  if (links.length === 0) return null;
  const shown = all ? links : links.slice(0, MOST);
  const more = links.length - MOST;
  return (
    <section class="consequences">
      <h4>What follows from it</h4>
      <ul>
        {shown.map((link) => (
          <Consequence key={link.finding.id} {...{ run, link }} />
        ))}
      </ul>
      {more > 0 && (
        <button class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show ${more} more`}
        </button>
      )}
    </section>
  );
}

function Consequence({ run, link }: { readonly run: string; readonly link: Link }): JSX.Element {
  const { finding, depth } = link;
  return (
    <li style={{ '--depth': Math.min(depth, 5) }}>
      <div class="line">
        <SeverityMark severity={finding.severity} word={false} />
        <span class="rule">{finding.title}</span>
        <Layers run={run} layers={finding.layers} />
        <Since step={finding.firstStep} />
      </div>
      {finding.because !== '' && <p class="because muted">because {finding.because}</p>}
      <details>
        <summary class="small">{finding.message}</summary>
        <EvidenceList run={run} of={finding} />
        {finding.because === '' && <p class="muted">{sentence(finding.title)}</p>}
      </details>
    </li>
  );
}
