/** The layer over the training: one row a unit, one column a recorded step. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Series } from '../../api';
import { healthCounts } from '../../chart/heatmap_health';
import { historyCounts, type UnitHistory } from '../../chart/unit_history';
import { everDead, type UnitSteps } from '../../chart/unit_steps';
import type { ActivationFrame } from '../../figures/activation_frame';
import type { ActivationsViewProps, Shown } from '../../figures/activation_parts';
import { OrderChoice, ShowChoice } from '../../figures/activation_tools';
import { Caption, caption } from '../../figures/activation_view';
import { ChosenUnit } from '../../figures/chosen_unit';
import { trainingExports } from '../../figures/training_exports';
import { TrainingFigure } from '../../figures/training_figure';
import { StepsLegend } from '../../figures/training_legend';
import { useCourse, useUnitSeries } from '../../figures/use_course';
import { useReport } from '../../figures/use_report';
import { step, unit } from '../../state';
import type { Loaded } from '../../ui/loaded';
import { adopt } from '../../ui/style';
import css from './views.css?inline';

export function TrainingView(props: ActivationsViewProps): JSX.Element {
  useLayoutEffect(() => adopt(css), []);
  const { panel, views, first, sorting, clones, choices, notes } = props;
  const answers = useUnitSeries(views, first.units);
  const courses = [useCourse(views[0], answers[0]), useCourse(views[1], answers[1])];
  const chosen = unit.value !== null && unit.value < first.units ? unit.value : null;
  const headline = headlineOf(first, courses[0]);
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);
  useReport(panel, headline, notes, () =>
    trainingExports(views, courses, canvases.current, headline),
  );
  return (
    <>
      <div class="tools">
        <ShowChoice views={choices} />
        <OrderChoice sorting={sorting} />
        <span class="muted small hint">
          Click a column for its step, a row’s left end for its unit
        </span>
      </div>
      <div class="side">
        <div class="figures" data-count={views.length}>
          {views.map((view, i) => (
            <section key={i}>
              {views.length > 1 && view.frame && (
                <Caption target={view.target} title={caption(view.target, view.frame)} words="" />
              )}
              <Course
                {...{ view, chosen }}
                answer={answers[i]}
                course={courses[i]}
                order={view.frame?.units === first.units ? sorting.order : null}
                clones={i === 0 ? clones : null}
                keep={(canvas) => (canvases.current[i] = canvas)}
              />
            </section>
          ))}
        </div>
      </div>
      {chosen !== null && <ChosenUnit views={views} unit={chosen} clones={clones} />}
    </>
  );
}

interface CourseProps {
  readonly view: Shown;
  readonly answer: Loaded<Series>;
  readonly course: UnitSteps | null;
  readonly order: Uint32Array | null;
  readonly clones: ActivationsViewProps['clones'];
  readonly chosen: number | null;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

function Course(props: CourseProps): JSX.Element {
  const { view, answer, course, clones, chosen, keep } = props;
  const { frame, target } = view;
  const order = useMemo(
    () => props.order ?? Uint32Array.from({ length: frame?.units ?? 0 }, (_, at) => at),
    [props.order, frame?.units],
  );
  if (answer.state === 'error') return <p class="muted">{answer.reason}</p>;
  if (answer.data === null) {
    return <div class="skeleton" role="status" aria-label="Loading the steps" />;
  }
  if (!frame || !course) {
    return (
      <p class="muted">
        {target.record.name} has too many units for their statistics to be kept at every step; only
        the frame of each step has them.
      </p>
    );
  }
  return (
    <>
      {!course.measured && (
        <p class="muted small remembered">
          Too many units for statistics at every step: this is what the recorder remembers of each.
        </p>
      )}
      <TrainingFigure
        {...{ frame, course, order, clones, keep }}
        unit={chosen}
        onUnit={(to) => (unit.value = to)}
        onStep={(to) => (step.value = to)}
        label={`Units of ${target.record.name} over training: ${headlineOf(frame, course)}`}
      />
      <StepsLegend course={course} />
    </>
  );
}

/** "12 of 32 units dead now, 14 ever dead, 2 revived". */
function headlineOf(frame: ActivationFrame, course: UnitSteps | null): string {
  const { dead } = healthCounts(frame.health);
  const now = `${dead} of ${frame.units} ${frame.units === 1 ? 'unit' : 'units'} dead now`;
  const past = pastOf(frame.history, course);
  return past ? `${now}, ${past.everDead} ever dead, ${past.revived} revived` : now;
}

/** The recorder's memory goes over all probes, the vectors over those that were kept. */
function pastOf(
  history: UnitHistory | null,
  course: UnitSteps | null,
): { readonly everDead: number; readonly revived: number } | null {
  return history ? historyCounts(history) : course && everDead(course);
}
