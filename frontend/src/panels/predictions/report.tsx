/** What the table says: metrics, strata, slices, patterns, calibration. */
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { adopt } from '../../ui/style';
import type { View } from '../predictions';
import { CalibrationPart } from './report/calibration';
import { ConfusionPart } from './report/confusion';
import { Courses } from './report/courses';
import { analysed } from './report/looks';
import { Overall } from './report/overall';
import css from './report/report.css?inline';
import { methodSentence, verdictSentence } from './report/sentence';
import { Patterns } from './report/patterns';
import { Reversals } from './report/reversals';
import { Slices } from './report/slices';
import { Strata } from './report/strata';

export function Report({ views }: { readonly views: readonly View[] }): JSX.Element {
  useLayoutEffect(() => adopt(css), []);
  const all = analysed(views);
  if (all.length === 0) return <NotAnalysed />;
  const hasColumns = (all[0].view.table?.columns.length ?? 0) > 0;
  return (
    <section class="report" aria-label="Report">
      <Said all={all} />
      <Reversals reversals={all[0].analysis.reversals} />
      <div class="report-parts" data-bare={!hasColumns || undefined}>
        <div class="report-whom">
          <Strata all={all} />
          {hasColumns && (
            <>
              <Slices of={all[0]} />
              <Patterns of={all[0]} />
            </>
          )}
        </div>
        <div class="report-numbers">
          <Overall all={all} />
          <Courses all={all} />
        </div>
        <div class="report-shapes">
          <CalibrationPart all={all} />
          <ConfusionPart all={all} />
        </div>
      </div>
      <Notes notes={all.flatMap(({ analysis }) => analysis.notes)} />
    </section>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }): JSX.Element | null {
  const told = [...new Set(notes)];
  if (told.length === 0) return null;
  return (
    <div class="report-notes small muted">
      <p>Notes</p>
      <ul>
        {told.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}

function Said({ all }: { readonly all: ReturnType<typeof analysed> }): JSX.Element {
  const [{ analysis, view }] = all;
  return (
    <div class="report-said">
      {all.map(({ name, colour, analysis: one }) => (
        <p key={name}>
          {all.length > 1 && (
            <>
              <span class="swatch" style={{ background: colour }} /> <b>{name}:</b>{' '}
            </>
          )}
          {verdictSentence(one)}
        </p>
      ))}
      <p class="muted small">{methodSentence(analysis, view.table?.group?.name ?? null)}</p>
    </div>
  );
}

function NotAnalysed(): JSX.Element {
  return (
    <section class="report" aria-label="Report">
      <p class="muted">
        These predictions were not analysed: there are no metrics with intervals, strata, weak
        slices or calibration. They come with <code>dd.summary.predictions(…, analyze=True)</code>,
        which is the default.
      </p>
    </section>
  );
}
