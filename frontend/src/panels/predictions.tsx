/** Where the model wins and loses, for whom, and why. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import figuresCss from '../figures/figures.css?inline';
import { useReport } from '../figures/use_report';
import { problemsOf } from '../state';
import { useLoadedAll } from '../ui/loaded';
import type { PanelProps } from '../ui/panel';
import { useStable } from '../ui/stable';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { predictionExports } from './predictions/exports';
import css from './predictions/predictions.css?inline';
import { KIND, tableRequest, targets, type Target } from './predictions/questions';
import { Report } from './predictions/report';
import { headlineOf } from './predictions/report/sentence';
import { Rows } from './predictions/rows';
import { tableOf, type Table } from './predictions/table';

/** What is looked at, read; `table` is null until it is here, and where it can't be read. */
export interface View extends Target {
  readonly table: Table | null;
}

export function PredictionsPanel({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(figuresCss);
    adopt(css);
  }, []);
  const asked = targets();
  const answers = useLoadedAll(asked.map(tableRequest));
  const data = useStable(answers.map((answer) => answer.data));
  const tables = useMemo(() => data.map((one) => one && tableOf(one)), [data]);
  const views: readonly View[] = asked.map((target, i) => ({ ...target, table: tables[i] }));
  const table = views[0]?.table ?? null;
  useStatus(panel, answers, table ? null : 'The predictions of this step can’t be read.');
  const notes = views.flatMap(({ run, record, step, table: one }) => [
    ...problemsOf(run.name, record.name, KIND),
    ...(one?.damage ?? []).map((reason) => `step ${step} of ${record.name}: ${reason}`),
  ]);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  const said = table?.analysis ? headlineOf(table.analysis) : null;
  useReport(panel, said, notes, () => predictionExports(views, canvases.current));
  if (!table) return null;
  return (
    <div class="predictions">
      <Rows views={views} keep={(canvas, place) => (canvases.current[place] = canvas)} />
      <Report views={views} />
    </div>
  );
}
