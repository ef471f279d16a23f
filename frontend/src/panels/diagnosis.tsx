/** What is wrong with a training, since when, what follows from what, and what to try. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import figuresCss from '../figures/figures.css?inline';
import { useReport } from '../figures/use_report';
import { graphOf } from '../model';
import { CopyButton } from '../ui/copy_button';
import { lazy } from '../ui/lazy';
import { shortened } from '../ui/name';
import type { PanelProps } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStable } from '../ui/stable';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import type { Diagnosis } from './diagnosis/answer';
import { Applied } from './diagnosis/applied';
import { CauseCard } from './diagnosis/cause_card';
import { isNote, trees } from './diagnosis/chain';
import css from './diagnosis/diagnosis.css?inline';
import { diagnosisExports } from './diagnosis/exports';
import { FindingsTable } from './diagnosis/findings_table';
import { HealthList } from './diagnosis/health_list';
import { lookedAt, referenceRun, useCompared, useDiagnoses } from './diagnosis/questions';
import { report } from './diagnosis/report';
import { countWords } from './diagnosis/severity';
import { SeverityMark } from './diagnosis/severity_mark';
import { sentence } from './diagnosis/words';

const LayerMap = lazy(async () => (await import('./diagnosis/layer_map')).LayerMap);

export function DiagnosisPanel({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(figuresCss);
    adopt(css);
  }, []);
  const answers = useDiagnoses();
  const compared = useCompared();
  const run = lookedAt();
  const chosen = answers.find((one) => one.run === run) ?? null;
  const asked = referenceRun() ? compared.answer : (chosen?.answer ?? null);
  const of = referenceRun() ? compared.of : (chosen?.diagnosis ?? null);
  const alone = answers.length === 1;
  const newer = asked?.data && !of ? 'The server speaks a newer language; reload the page.' : null;
  // The lines of the other runs need not wait for the one in detail.
  const first = alone ? asked : (answers.find(({ diagnosis }) => diagnosis)?.answer ?? asked);
  useStatus(panel, first ? [first] : [], newer);
  useReport(panel, null, [], () => diagnosisExports(answers), false);
  const known = useStable(answers.flatMap(({ diagnosis }) => diagnosis ?? []));
  return (
    <div class="diagnosis">
      {!alone && <HealthList answers={answers} chosen={run?.name ?? null} />}
      {of ? (
        <OneRun key={of.run} of={of} titled={!alone} />
      ) : (
        <p class="muted" role="status">
          {asked?.reason ?? 'Being diagnosed …'}{' '}
          {asked?.state === 'error' && (
            <button class="link" onClick={asked.retry}>
              Try again
            </button>
          )}
        </p>
      )}
      <FindingsTable diagnoses={known} />
    </div>
  );
}

function OneRun({ of, titled }: { readonly of: Diagnosis; readonly titled: boolean }): JSX.Element {
  const roots = useMemo(() => trees(of.findings), [of]);
  const [causes, notes] = [roots.filter((tree) => !isNote(tree)), roots.filter(isNote)];
  const graph = graphOf(of.run);
  return (
    <section class="one-run" aria-label={`Diagnosis of ${shortened(of.run, 60)}`}>
      <Summary {...{ of, titled }} />
      <div class="columns" data-map={(graph !== null && graph.nodes.length > 1) || undefined}>
        <div class="causes">
          {causes.map((tree) => (
            <CauseCard key={tree.finding.id} run={of.run} {...{ tree, of }} />
          ))}
          {notes.length > 0 && (
            <details class="notes-of">
              <summary>Notes ({notes.length}): seen, but without harm</summary>
              {notes.map((tree) => (
                <CauseCard key={tree.finding.id} run={of.run} {...{ tree, of }} />
              ))}
            </details>
          )}
          <Applied of={of} />
        </div>
        {graph && graph.nodes.length > 1 && <LayerMap run={of.run} {...{ graph, of }} />}
      </div>
    </section>
  );
}

function Summary({
  of,
  titled,
}: {
  readonly of: Diagnosis;
  readonly titled: boolean;
}): JSX.Element {
  const reference = referenceRun();
  return (
    <header class="summary">
      <SeverityMark severity={of.severity} word={false} />
      <div class="summary-words">
        <p class="summary-line">
          {titled && (
            <span class="summary-run">
              <span class="swatch" style={{ background: runColour(of.run) }} />
              {shortened(of.run, 80)}:{' '}
            </span>
          )}
          {sentence(of.impact || of.headline || 'No finding')}
        </p>
        <p class="muted">
          {countWords(of.counts) || 'no finding'}
          {reference && `; compared with ${shortened(reference.name, 60)}`}
        </p>
      </div>
      <CopyButton label="Copy as text" text={() => report(of)} />
    </header>
  );
}
