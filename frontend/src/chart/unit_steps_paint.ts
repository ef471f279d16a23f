/** Draws units x training steps; every decision is made before. */
import { grouped, type Tick } from './axis';
import { paintBottomAxis, paintLeftLabels, paintUpward, stroke } from './axis_paint';
import { pixel, ramp, type Lch, type Rgb, type Theme } from './colour';
import type { UnitHealth } from './heatmap_health';
import { xOf, yOf, type FigureLayout } from './heatmap_layout';
import { paintStrip, type Surface } from './heatmap_paint';
import { rowLabels } from './heatmap_rows';
import { healthPixels } from './heatmap_strip';
import type { Window } from './heatmap_window';
import { hatch, type Context, type Ink } from './ink';
import { paintLane } from './lane';
import {
  ACTIVE,
  CONSTANT,
  DEAD,
  deadAt,
  fillSteps,
  LAST,
  UNKNOWN,
  type UnitSteps,
} from './unit_steps';

/** From a unit that is never zero to one that nearly always is. */
const ACTIVE_RAMP: Readonly<Record<Theme, readonly Lch[]>> = {
  light: [
    [0.74, 0.1, 190],
    [0.87, 0.05, 195],
    [0.955, 0.012, 210],
  ],
  dark: [
    [0.62, 0.095, 190],
    [0.48, 0.05, 195],
    [0.36, 0.012, 210],
  ],
};

const STAGES = LAST - ACTIVE + 1;

export function activeColours(theme: Theme): readonly Rgb[] {
  return ramp(ACTIVE_RAMP[theme], STAGES);
}

type Look = (code: number, x: number, y: number) => number;

/** The pixel of each code; the textures are those of the health strip. */
export function stepLook(theme: Theme, ratio: number): Look {
  const active = activeColours(theme).map((colour) => pixel(colour));
  const [dead, constant] = [healthPixels('dead', theme), healthPixels('constant', theme)];
  return (code, x, y) => {
    if (code === UNKNOWN) return 0;
    if (code >= ACTIVE) return active[code - ACTIVE];
    const [left, down] = [Math.floor(x / ratio), Math.floor(y / ratio)];
    if (code === CONSTANT) return constant(left, down);
    if (code === DEAD) return dead(left, down);
    // At times dead: dead and alive in turn.
    return (left + down) % 6 < 3 ? dead(1, 0) : active[STAGES - 1];
  };
}

export interface StepsParts {
  /** With one lane. */
  readonly layout: FigureLayout;
  readonly course: UnitSteps;
  readonly window: Window;
  readonly order: ArrayLike<number>;
  /** At the step shown. */
  readonly health: readonly UnitHealth[];
  readonly names: readonly string[] | null;
  readonly unit: number | null;
  /** The column of the step shown. */
  readonly column: number;
  readonly palette: { readonly theme: Theme };
}

export interface StepSurfaces {
  readonly map: Surface;
  readonly strip: Surface;
}

export function paintSteps(
  context: Context,
  parts: StepsParts,
  surfaces: StepSurfaces,
  ink: Ink,
): void {
  const { layout, course, window, order, names, palette } = parts;
  const { map, strip, axis } = layout;
  const ratio = context.getTransform().a || 1;
  const [width, height] = [Math.round(map.width * ratio), Math.round(map.height * ratio)];
  hatch(context, map, ink.line);
  const out = surfaces.map.pixels(width, height);
  fillSteps(out, width, height, course, order, stepLook(palette.theme, ratio));
  surfaces.map.draw(context, map);
  paintStrip(context, parts, surfaces.strip, ratio);
  paintDeadLane(context, parts, ink);
  paintNow(context, parts, ink);
  paintUnit(context, parts, ink);
  const labels = rowLabels(layout, window, order, names);
  paintLeftLabels(context, labels, strip.x - 6, strip.x - 20, ink);
  paintUpward(context, 'unit', 7, map, ink);
  const ticks = columnTicks(course.steps, map.width);
  paintBottomAxis(context, axis, ticks, (at) => xOf(layout, window, at + 0.5), ink);
  paintLeftLabels(context, [{ y: axis.y + 13, label: 'step' }], map.x - 14, map.x - 14, ink);
}

/** Steps are not evenly spaced, columns are: a label at every so many columns. */
export function columnTicks(steps: readonly number[], width: number): Tick[] {
  const most = Math.max(1, Math.floor(width / 56));
  const every = Math.max(1, Math.ceil(steps.length / most));
  return steps.flatMap((step, column) =>
    column % every === 0 ? [{ value: column, label: grouped(step) }] : [],
  );
}

function paintDeadLane(context: Context, { layout, course, window }: StepsParts, ink: Ink): void {
  const { from, to } = window;
  const series = deadAt(course);
  // A memory does not tell of every step.
  const name = course.measured ? 'dead units' : 'surely dead';
  const lane = { name, series, stride: 1, colour: ink.muted, from, to };
  paintLane(context, layout.lanes[0], lane, ink);
}

/** The column of the step shown: a pointer above it, lines at its sides. */
function paintNow(context: Context, { layout, window, column }: StepsParts, ink: Ink): void {
  const { map } = layout;
  const [left, right] = [xOf(layout, window, column), xOf(layout, window, column + 1)];
  const middle = (left + right) / 2;
  context.fillStyle = ink.accent;
  context.beginPath();
  context.moveTo(middle, map.y);
  context.lineTo(middle - 5, map.y - 7);
  context.lineTo(middle + 5, map.y - 7);
  context.fill();
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.5;
  const sides = right - left < 5 ? [middle] : [left, right];
  for (const at of sides) stroke(context, at, map.y, 0, map.height);
}

/** Lines above and below the chosen unit. */
function paintUnit(context: Context, parts: StepsParts, ink: Ink): void {
  const { layout, window, order, unit } = parts;
  const row = unit === null ? -1 : Array.prototype.indexOf.call(order, unit);
  if (row < 0) return;
  const { map, strip } = layout;
  const [top, bottom] = [yOf(layout, window, row), yOf(layout, window, row + 1)];
  context.lineWidth = 1;
  for (const [away, colour] of [
    [1.5, ink.surface],
    [0.5, ink.text],
  ] as const) {
    context.strokeStyle = colour;
    stroke(context, strip.x, top - away, map.x + map.width - strip.x, 0);
    stroke(context, strip.x, bottom + away, map.x + map.width - strip.x, 0);
  }
}

/** The codes that occur; all active ones as `ACTIVE`. */
export function presentCodes({ codes }: UnitSteps): ReadonlySet<number> {
  const found = new Set<number>();
  for (const code of codes) found.add(Math.min(code, ACTIVE));
  return found;
}
