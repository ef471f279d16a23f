/** Evidence as small pictures; a click opens the panel that shows the same at large. */
import type { JSX } from 'preact';
import { valueLabel } from '../../chart/axis';
import { step } from '../../state';
import type { Evidence, Finding } from './answer';
import { lookAtEvidence, panelOf } from './look';
import { Spark } from './spark';
import { layoutSpark } from './spark_layout';
import { sourceWords, valueWords } from './words';

const TITLES: Readonly<Record<string, string>> = {
  activations: 'Activations',
  preactivations: 'Pre-activations',
  amnesia: 'Amnesia',
  gradients: 'Gradients and weights',
  gates: 'Gates',
};

export function EvidenceList({
  run,
  of,
}: {
  readonly run: string;
  readonly of: Finding;
}): JSX.Element | null {
  if (of.evidence.length === 0) return null;
  return (
    <ul class="evidence" aria-label="Evidence">
      {of.evidence.map((one, i) => (
        <li key={i}>
          <Shown {...{ run, of, one }} />
        </li>
      ))}
    </ul>
  );
}

interface ShownProps {
  readonly run: string;
  readonly of: Finding;
  readonly one: Evidence;
}

function Shown({ run, of, one }: ShownProps): JSX.Element {
  const panel = panelOf(one);
  const title = [sourceWords(one), panel && `Open in ${TITLES[panel]}`].filter(Boolean).join('\n');
  const inside = (
    <>
      <span class="what">{one.what}</span>
      <span class="value">{valueWords(one)}</span>
      {one.picture && <Drawn {...{ of, one }} />}
      {panel && <span class="open small">{TITLES[panel]} ›</span>}
    </>
  );
  if (!panel) {
    return (
      <div class="shown" title={title || undefined}>
        {inside}
      </div>
    );
  }
  return (
    <button class="shown" title={title} onClick={() => lookAtEvidence(run, one)}>
      {inside}
    </button>
  );
}

function Drawn({ of, one }: { readonly of: Finding; readonly one: Evidence }): JSX.Element {
  const picture = one.picture!;
  const marks = { threshold: one.threshold, onset: of.firstStep, now: step.value };
  const { range } = layoutSpark(picture, marks, { width: 1, height: 1 });
  const ends = range === null ? '' : range.map((value) => valueLabel(value, 2)).join(' to ');
  return (
    <>
      <Spark {...{ picture, marks }} />
      <span class="small muted axis">
        {[picture.yTitle, ends].filter(Boolean).join(', ')}
        {picture.log ? ', log' : ''}
      </span>
    </>
  );
}
