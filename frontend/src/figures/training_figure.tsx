/** Units x training steps: which units died, when, and which came back. */
import { useSignal } from '@preact/signals';
import type { CanvasHTMLAttributes, JSX } from 'preact';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { grouped, percentLabel, valueLabel } from '../chart/axis';
import { figureLayout, hit, type FigureLayout, type Hit } from '../chart/heatmap_layout';
import { paintOverlay } from '../chart/heatmap_overlay';
import type { Window } from '../chart/heatmap_window';
import type { Clones } from '../chart/unit_clones';
import { ACTIVE, CONSTANT, DEAD, ON_AND_OFF, UNKNOWN, type UnitSteps } from '../chart/unit_steps';
import { paintSteps, type StepSurfaces } from '../chart/unit_steps_paint';
import { theme } from '../state';
import { Canvas, type Paint } from '../ui/canvas';
import type { ActivationFrame } from './activation_frame';
import { Facts, unitName } from './cell_tip';
import { newSurface } from './surface';
import { Tip, type Place } from './tip';
import { lifeFacts, type Fact } from './unit_facts';

export interface TrainingFigureProps {
  /** Of the step shown. */
  readonly frame: ActivationFrame;
  readonly course: UnitSteps;
  readonly order: ArrayLike<number>;
  readonly clones: Clones | null;
  readonly unit: number | null;
  readonly onUnit: (unit: number | null) => void;
  readonly onStep: (step: number) => void;
  readonly label: string;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function TrainingFigure(props: TrainingFigureProps): JSX.Element {
  const { frame, course, order, unit, onUnit, onStep, label, keep } = props;
  const [width, setWidth] = useState(0);
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const layout = useMemo(() => figureLayout(width, course.units, 1, false), [width, course.units]);
  const window = useMemo<Window>(
    () => ({ from: 0, to: course.steps.length, top: 0, bottom: order.length }),
    [course, order],
  );
  const column = columnOf(course.steps, frame.step);
  const hover = useSignal<(Hit & Place) | null>(null);
  const paint = usePaint(props, layout, window, column);
  const under = (x: number, y: number): Hit | null => hit(layout, window, order.length, x, y);
  const attributes: CanvasHTMLAttributes<HTMLCanvasElement> = {
    tabIndex: 0,
    onPointerMove: ({ offsetX: x, offsetY: y }) => {
      const found = under(x, y);
      hover.value = found && { ...found, x, y };
    },
    onPointerLeave: () => (hover.value = null),
    onClick: ({ offsetX, offsetY }) => {
      const found = under(offsetX, offsetY);
      if (!found) return;
      if (offsetX >= layout.map.x) onStep(course.steps[found.step]);
      else if (found.row !== null) onUnit(order[found.row] === unit ? null : order[found.row]);
    },
    onKeyDown: (event) => {
      const way = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (way === 0 || unit === null || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const next = order[Array.prototype.indexOf.call(order, unit) + way];
      if (next !== undefined) onUnit(next);
    },
  };
  const at = hover.value;
  return (
    <div class="figure">
      <Canvas
        height={layout.height}
        paint={paint}
        label={label}
        canvas={canvas}
        onSize={(size) => setWidth(size.width)}
        attributes={attributes}
      />
      <Overlay layout={layout} window={window} at={at} />
      {at && at.step >= 0 && (
        <Tip at={at} middle={layout.map.x + layout.map.width / 2}>
          <CourseTip {...props} at={at} />
        </Tip>
      )}
    </div>
  );
}

/** The column of the last recorded step that is not after `step`. */
export function columnOf(steps: readonly number[], step: number): number {
  const after = steps.findIndex((other) => other > step);
  return Math.max(0, (after < 0 ? steps.length : after) - 1);
}

function usePaint(
  { frame, course, order, unit }: TrainingFigureProps,
  layout: FigureLayout,
  window: Window,
  column: number,
): Paint {
  const surfaces = useRef<StepSurfaces | null>(null);
  const scheme = theme.value;
  return useCallback<Paint>(
    (context, _, ink) => {
      surfaces.current ??= { map: newSurface(), strip: newSurface() };
      const { health, names } = frame;
      const rows = { order, health, names, unit, palette: { theme: scheme } };
      paintSteps(context, { layout, course, window, column, ...rows }, surfaces.current, ink);
    },
    [layout, course, window, column, order, frame, unit, scheme],
  );
}

interface OverlayProps {
  readonly layout: FigureLayout;
  readonly window: Window;
  readonly at: Hit | null;
}

function Overlay({ layout, window, at }: OverlayProps): JSX.Element {
  const paint = useCallback<Paint>(
    (context, _, ink) => paintOverlay(context, layout, window, at, null, ink),
    [layout, window, at],
  );
  return (
    <div class="overlay" aria-hidden="true">
      <Canvas height={layout.height} paint={paint} label="" />
    </div>
  );
}

function CourseTip({
  frame,
  course,
  order,
  clones,
  at,
}: TrainingFigureProps & { readonly at: Hit }): JSX.Element {
  const unit = at.row === null ? null : order[at.row];
  const step: Fact = ['step', grouped(course.steps[at.step])];
  if (unit === null) return <Facts facts={[step, ['dead', deadWords(course, at.step)]]} />;
  return (
    <>
      <strong>{unitName(frame, unit)}</strong>
      <Facts
        facts={[
          step,
          ...stateFacts(course, unit, at.step),
          ...lifeFacts(frame.history, clones, unit),
        ]}
      />
    </>
  );
}

function deadWords({ units, steps, codes }: UnitSteps, column: number): string {
  let dead = 0;
  for (let unit = 0; unit < units; unit++)
    dead += codes[unit * steps.length + column] === DEAD ? 1 : 0;
  return `${dead} of ${units} units`;
}

const WORDS: Readonly<Record<number, string>> = {
  [UNKNOWN]: 'not recorded',
  [DEAD]: 'dead',
  [CONSTANT]: 'constant',
  [ON_AND_OFF]: 'dead at times',
};

function stateFacts({ steps, codes, measured }: UnitSteps, unit: number, column: number): Fact[] {
  const code = codes[unit * steps.length + column];
  const state: Fact = ['state', code >= ACTIVE ? 'active' : WORDS[code]];
  if (!measured || code === UNKNOWN) return [state];
  const at = column * measured.width + unit;
  return [
    state,
    ...(code >= ACTIVE && measured.zero[at] >= 0
      ? [['zero', percentLabel(measured.zero[at])] as const]
      : []),
    ...(code === DEAD
      ? []
      : ([
          ['min', valueLabel(measured.min[at])],
          ['max', valueLabel(measured.max[at])],
        ] as const)),
  ];
}
