/** One cause: what it is, since when, what changed before, what it leads to, what to try. */
import type { JSX } from 'preact';
import type { Diagnosis, Finding, RuleText } from './answer';
import type { Tree } from './chain';
import { Consequences } from './consequences';
import { EvidenceList } from './evidence';
import { Fixes } from './fixes';
import { Layers, Since } from './parts';
import { SeverityMark } from './severity_mark';
import { sentence } from './words';

export function CauseCard({
  run,
  tree,
  of,
}: {
  readonly run: string;
  readonly tree: Tree;
  readonly of: Diagnosis;
}): JSX.Element {
  const { finding } = tree;
  const id = `finding-${finding.id}`;
  return (
    <article class="cause" data-severity={finding.severity} aria-labelledby={id}>
      <header class="line">
        <SeverityMark severity={finding.severity} />
        <h3 id={id}>{finding.title}</h3>
        <Layers run={run} layers={finding.layers} />
        <Since step={finding.firstStep} />
      </header>
      <p class="story">{sentence(finding.message)}</p>
      <Before of={finding} />
      <EvidenceList run={run} of={finding} />
      <Consequences run={run} tree={tree} />
      <Fixes fixes={finding.fixes} />
      <Rivals {...{ run, finding }} />
      <Documentation rule={of.rules.get(finding.rule)} />
    </article>
  );
}

function Before({ of: { before } }: { readonly of: Finding }): JSX.Element | null {
  if (before.length === 0) return null;
  return (
    <section class="before">
      <h4>Just before</h4>
      <ul>
        {before.map((words) => (
          <li key={words}>{sentence(words)}</li>
        ))}
      </ul>
    </section>
  );
}

function Rivals({
  run,
  finding: { rivals },
}: {
  readonly run: string;
  readonly finding: Finding;
}): JSX.Element | null {
  if (rivals.length === 0) return null;
  return (
    <details>
      <summary>Other explanations ({rivals.length})</summary>
      <ul class="rivals">
        {rivals.map(({ title, layer, score, refutedBy }, i) => (
          <li key={i}>
            <strong>{title}</strong> {layer !== null && <Layers run={run} layers={[layer]} />}
            {score !== null && <span class="muted small"> score {score.toFixed(2)}</span>}
            {refutedBy !== '' && <p class="muted">Speaks against it: {sentence(refutedBy)}</p>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Documentation({ rule }: { readonly rule: RuleText | undefined }): JSX.Element | null {
  if (!rule) return null;
  return (
    <details class="documentation">
      <summary>About this rule</summary>
      <p>{rule.summary}</p>
      {rule.sections.map(({ heading, text }) => (
        <section key={heading}>
          <h4>{heading}</h4>
          <Prose text={text} />
        </section>
      ))}
    </details>
  );
}

/** Paragraphs and lists as the rule's documentation has them. */
function Prose({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text.split(/\n\s*\n/).map((block, i) => {
        const items = block.split(/^\s*[-*] /m);
        return items.length > 1 ? (
          <ul key={i}>
            {items.filter(Boolean).map((item) => (
              <li key={item}>{item}</li>
            ))}
          </ul>
        ) : (
          <p key={i}>{block}</p>
        );
      })}
    </>
  );
}
