/** Each metric over the training steps of all shown runs; a click looks at a step. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { series, seriesScalar, type Series } from '../../../api';
import { grouped, valueLabel } from '../../../chart/axis';
import { Tip, type Place } from '../../../figures/tip';
import { recordIn, recordName, shownRuns, step } from '../../../state';
import { Canvas, type Paint } from '../../../ui/canvas';
import { useLoadedAll } from '../../../ui/loaded';
import { shortened } from '../../../ui/name';
import { runColour } from '../../../ui/run_colour';
import { useStable } from '../../../ui/stable';
import { KIND } from '../questions';
import { coursesLayout, stepAt, type Course } from './courses_layout';
import { paintCourses } from './courses_paint';
import type { Analysed } from './looks';
import { lowerIsBetter, metricTitle } from './metric_words';
import { Part } from './parts';

/** More curves can't be told apart, and each is a question to the server. */
const MOST_RUNS = 20;
const METRICS = [
  'auroc',
  'average_precision',
  'accuracy',
  'brier',
  'log_loss',
  'mae',
  'rmse',
  'r2',
] as const;

export function Courses({ all }: { readonly all: readonly Analysed[] }): JSX.Element | null {
  const name = recordName[KIND].value;
  const runs = shownRuns.value.filter((run) => recordIn(run, KIND, name)).slice(0, MOST_RUNS);
  const answers = useLoadedAll(
    runs.map((run) => series({ run: run.name, name: name ?? '', kind: KIND })),
  );
  const data = useStable(answers.map((answer) => answer.data));
  const colours = useStable(runs.map((run) => runColour(run.name)));
  const charts = useMemo(
    () =>
      METRICS.flatMap((metric) => {
        const courses = runs.flatMap((run, i) =>
          data[i] ? coursesOf(data[i], metric, run.name, colours[i]) : [],
        );
        return courses.length > 0 ? [{ metric, courses }] : [];
      }),
    [data, colours],
  );
  const steps = useStable(all.map(({ view }) => view.step));
  if (!data.some((one) => one && one.steps.length > 1) || charts.length === 0) return null;
  const hasBaseline = charts.some(({ courses }) => courses.some(({ dashed }) => dashed));
  return (
    <Part id="courses" title="Over the steps" note={hasBaseline ? 'dashed: baseline' : undefined}>
      <div class="report-courses-grid">
        {charts.map(({ metric, courses }) => (
          <Chart key={metric} {...{ metric, courses, steps }} />
        ))}
      </div>
    </Part>
  );
}

/** The model's course and the baseline's; none where nothing is defined. */
function coursesOf(known: Series, metric: string, run: string, colour: string): readonly Course[] {
  const { steps } = known;
  return [metric, `baseline_${metric}`].flatMap((scalar, i) => {
    const values = seriesScalar(known, scalar);
    if (!values.some(Number.isFinite)) return [];
    const name = `${shortened(run, 40)}${i > 0 ? ', baseline' : ''}`;
    return [{ name, colour, dashed: i > 0, steps, values }];
  });
}

interface ChartProps {
  readonly metric: string;
  readonly courses: readonly Course[];
  readonly steps: readonly number[];
}

function Chart({ metric, courses, steps }: ChartProps): JSX.Element {
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => coursesLayout(courses, width), [courses, width]);
  const paint = useCallback<Paint>(
    (context, _, ink) => paintCourses(context, courses, layout, steps, ink),
    [courses, layout, steps],
  );
  const hover = useSignal<(Place & { readonly step: number }) | null>(null);
  const under = (x: number): number | null => stepAt(courses, layout, x);
  const at = hover.value;
  const title = `${metricTitle(metric)}${lowerIsBetter(metric) ? ' ↓' : ''}`;
  return (
    <figure>
      <figcaption class="small">{title}</figcaption>
      <div class="figure">
        <Canvas
          height={layout.height}
          paint={paint}
          label={`${metricTitle(metric)} over the training steps of ${courses.length} curves`}
          onSize={(size) => setWidth(size.width)}
          attributes={{
            onPointerMove: ({ offsetX: x, offsetY: y }) => {
              const found = under(x);
              hover.value = found === null ? null : { x, y, step: found };
            },
            onPointerLeave: () => (hover.value = null),
            onClick: ({ offsetX: x }) => {
              const found = under(x);
              if (found !== null) step.value = found;
            },
          }}
        />
        {at && (
          <Tip at={at} middle={width / 2}>
            <strong>step {grouped(at.step)}</strong>
            <Values courses={courses} step={at.step} />
          </Tip>
        )}
      </div>
    </figure>
  );
}

function Values({
  courses,
  step: at,
}: {
  readonly courses: readonly Course[];
  readonly step: number;
}): JSX.Element {
  return (
    <table>
      <tbody>
        {courses.map(({ name, colour, steps, values }) => {
          const place = steps.indexOf(at);
          if (place < 0) return null;
          return (
            <tr key={name}>
              <td>
                <span class="swatch" style={{ background: colour }} /> {name}
              </td>
              <td class="number">
                {Number.isNaN(values[place]) ? 'n/a' : valueLabel(values[place])}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
