/** The layer over the training: one row a unit, one column a recorded step. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { series } from '../../api';
import type { Series } from '../../api';
import { css as cssColour } from '../../chart/colour';
import { healthCounts } from '../../chart/heatmap_health';
import { historyCounts, type UnitHistory } from '../../chart/unit_history';
import {
  ACTIVE,
  CONSTANT,
  DEAD,
  everDead,
  ON_AND_OFF,
  rememberedSteps,
  UNKNOWN,
  unitSteps,
  type Measured,
  type UnitSteps,
} from '../../chart/unit_steps';
import { activeColours, presentCodes } from '../../chart/unit_steps_paint';
import type { ActivationFrame } from '../../figures/activation_frame';
import type { ActivationsViewProps, Shown } from '../../figures/activation_parts';
import { OrderChoice, ShowChoice } from '../../figures/activation_tools';
import { caption } from '../../figures/activation_view';
import { frameOf, lastStep, parsed } from '../../figures/activation_views';
import { ChosenUnit } from '../../figures/chosen_unit';
import { HealthSwatch } from '../../figures/legend';
import { paletteOf } from '../../chart/colour_palette';
import { TrainingFigure } from '../../figures/training_figure';
import { trainingExports } from '../../figures/training_exports';
import { useReport } from '../../figures/use_report';
import { step, theme, unit } from '../../state';
import { useLoaded, useLoadedAll, type Loaded } from '../../ui/loaded';
import { runColour } from '../../ui/run_colour';
import { adopt } from '../../ui/style';
import css from './views.css?inline';

const VECTORS = ['unit_zero_fraction', 'unit_min', 'unit_max', 'unit_constant'] as const;
/** Numbers that one vector may bring; more steps than screen columns show nothing more. */
const MOST_NUMBERS = 1 << 17;
const [FEWEST_STEPS, MOST_STEPS] = [64, 600];

export function TrainingView(props: ActivationsViewProps): JSX.Element {
  useLayoutEffect(() => adopt(css), []);
  const { panel, views, first, sorting, clones, choices, notes } = props;
  const limit = Math.min(
    MOST_STEPS,
    Math.max(FEWEST_STEPS, Math.floor(MOST_NUMBERS / first.units)),
  );
  const answers = useLoadedAll(
    views.map(({ target: { run, record } }) =>
      series({ run: run.name, name: record.name, kind: 'activations', vectors: VECTORS, limit }),
    ),
  );
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
              {views.length > 1 && (
                <h3 class="caption">
                  <span class="swatch" style={{ background: runColour(view.target.run.name) }} />
                  <strong class="clip">
                    {view.frame ? caption(view.target, view.frame) : view.target.run.name}
                  </strong>
                </h3>
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

/** From the vectors or, where there are none, from the memory of the last frame; null: neither. */
function useCourse(view: Shown | undefined, answer: Loaded<Series> | undefined): UnitSteps | null {
  const units = view?.frame?.units ?? 0;
  const data = answer?.data ?? null;
  const measured = useMemo(
    () => (data ? unitSteps(data.steps, units, measuredOf(data)) : null),
    [data, units],
  );
  const last = view && lastStep(view.target);
  const without = view?.frame?.history && data && !measured && last != null;
  const later = useLoaded(without ? frameOf(view.target, last, ['units', 'history']) : null);
  const memory = parsed(later.data, 0);
  const steps = view?.target.record.steps;
  return useMemo(
    () =>
      measured ??
      (memory?.history && steps ? rememberedSteps(steps, memory.history, memory.step) : null),
    [measured, memory, steps],
  );
}

function measuredOf({ planes }: Series): Measured {
  const [zero, min, max, constant] = VECTORS.map((name) => planes.get(name)?.data ?? []);
  return { width: planes.get('unit_min')?.shape[1] ?? 0, zero, min, max, constant };
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

function StepsLegend({ course }: { readonly course: UnitSteps }): JSX.Element {
  const present = useMemo(() => presentCodes(course), [course]);
  const palette = paletteOf('sequential', theme.value);
  const colours = activeColours(theme.value).map(cssColour).join(', ');
  return (
    <ul class="legend small muted" aria-label="Legend">
      {present.has(ACTIVE) && !course.measured && (
        <li>
          <HealthSwatch health="active" palette={palette} />
          not known to be dead
        </li>
      )}
      {present.has(ACTIVE) && course.measured && (
        <li>
          active: never zero
          <span class="ramp" style={{ background: `linear-gradient(to right, ${colours})` }} />
          nearly always zero
        </li>
      )}
      {present.has(DEAD) && (
        <li>
          <HealthSwatch health="dead" palette={palette} />
          dead
        </li>
      )}
      {present.has(ON_AND_OFF) && (
        <li>
          <span class="cell onoff" />
          dead at times
        </li>
      )}
      {present.has(CONSTANT) && (
        <li>
          <HealthSwatch health="constant" palette={palette} />
          constant
        </li>
      )}
      {present.has(UNKNOWN) && (
        <li>
          <span class="cell hatched" />
          not recorded
        </li>
      )}
    </ul>
  );
}
