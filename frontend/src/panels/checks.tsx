/** What was verified before and beside the training, what was not, and the next thing to do. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import figuresCss from '../figures/figures.css?inline';
import { useReport } from '../figures/use_report';
import { problemsOf, shownRuns } from '../state';
import { shortened } from '../ui/name';
import type { PanelProps } from '../ui/panel';
import { runColour } from '../ui/run_colour';
import { useStatus } from '../ui/status';
import { adopt } from '../ui/style';
import { Checklist } from './checks/checklist';
import css from './checks/checks.css?inline';
import { checkExports } from './checks/exports';
import { MatrixTable } from './checks/matrix';
import { lookedAt, opened, useSeen, useWords } from './checks/questions';
import { KIND, matrixOf, rowsOf } from './checks/rows';
import { countWords } from './checks/verdict';

export function ChecksPanel({ panel }: PanelProps): JSX.Element | null {
  useLayoutEffect(() => {
    adopt(figuresCss);
    adopt(css);
  }, []);
  const [element, seen] = useSeen<HTMLDivElement>();
  const runs = shownRuns.value;
  const run = lookedAt();
  const rows = useMemo(() => (run ? rowsOf(run) : []), [run]);
  const matrix = useMemo(() => matrixOf(runs), [runs]);
  const told = useWords(run, seen);
  const canvases = useRef(new Map<number, HTMLCanvasElement>());
  const keep = (picture: number, canvas: HTMLCanvasElement | null): void => {
    if (canvas) canvases.current.set(picture, canvas);
    else canvases.current.delete(picture);
  };
  const several = runs.length > 1 && matrix.lines.length > 0;
  const counted = countWords(rows);
  const headline = several && run ? `${shortened(run.name, 60)}: ${counted}` : counted;
  const open = rows.find(({ id }) => id === opened()) ?? null;
  const drawn = (open && (told.get(open.id)?.read?.pictures.length ?? 0) > 0) || false;
  const others = runs.filter((other) => other !== run);
  useStatus(panel, [], null);
  useReport(
    panel,
    headline,
    rows.flatMap(({ record }) => (run && record ? problemsOf(run.name, record.name, KIND) : [])),
    () =>
      checkExports(
        { run, rows, told, others: others.map((other) => ({ run: other, rows: rowsOf(other) })) },
        `${open?.title ?? ''} (${run?.name ?? ''})`,
        () => [...canvases.current].sort(([a], [b]) => a - b).map(([, canvas]) => canvas),
      ),
    drawn,
  );
  return (
    <div class="checks" ref={element}>
      {several && <MatrixTable matrix={matrix} chosen={run?.name ?? null} />}
      {run && (
        <section aria-label={`Checks of ${shortened(run.name, 60)}`}>
          {several && (
            <p class="of-run">
              <span class="swatch" style={{ background: runColour(run.name) }} />
              {shortened(run.name, 80)}
            </p>
          )}
          <Checklist {...{ run, rows, told, keep }} />
        </section>
      )}
    </div>
  );
}
