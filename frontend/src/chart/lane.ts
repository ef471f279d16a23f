/** A series in a lane of its own, on the heatmap's horizontal axis. */
import { linearTicks, valueLabel } from './axis';
import { paintLeftLabels } from './axis_paint';
import type { Rect } from './heatmap_layout';
import { fitted, label, type Context, type Ink } from './ink';
import { envelope, extent } from './pool_line';

export interface Lane {
  readonly name: string;
  readonly series: ArrayLike<number>;
  /** Steps that one value stands for. */
  readonly stride: number;
  readonly colour: string;
  /** Steps in view. */
  readonly from: number;
  readonly to: number;
}

/** A place on a lane where there is no number, and the colour that says which kind. */
export interface LaneMark {
  /** The place in the series. */
  readonly at: number;
  readonly colour: string;
}

/** Values at the bottom and the top of a lane; a flat series lies in its middle. */
export function laneRange(series: ArrayLike<number>): readonly [number, number] {
  const range = extent(series) ?? [0, 1];
  if (range[0] < range[1]) return range;
  const half = Math.abs(range[0]) / 2 || 1;
  return [range[0] - half, range[1] + half];
}

/** Draws a lane with its name and range in the gutter. */
export function paintLane(context: Context, rect: Rect, lane: Lane, ink: Ink): void {
  const [low, high] = laneRange(lane.series);
  frame(context, rect, ink);
  paintSeries(context, rect, lane, low, high);
  const width = rect.x - 10;
  label(context, ink);
  const name = { y: rect.y + 10, label: fitted(context, lane.name, width) };
  const range = { y: rect.y + 24, label: `${valueLabel(low, 3)} … ${valueLabel(high, 3)}` };
  paintLeftLabels(context, [name, range], rect.x - 8, width, ink);
}

/** Draws the chosen unit's lane: taller, with value ticks, a line at zero, and what is no number. */
export function paintDetail(
  context: Context,
  rect: Rect,
  lane: Lane,
  marks: readonly LaneMark[],
  ink: Ink,
): void {
  const [least, most] = laneRange(lane.series);
  const margin = 0.06 * (most - least);
  const [low, high] = [least - margin, most + margin];
  const yOf = (value: number): number =>
    rect.y + rect.height - ((value - low) / (high - low)) * rect.height;
  frame(context, rect, ink);
  const ticks = linearTicks(low, high, 4).map((tick) => ({ ...tick, y: yOf(tick.value) }));
  context.lineWidth = 1;
  for (const { value, y } of ticks) {
    context.fillStyle = value === 0 ? ink.muted : ink.grid;
    context.fillRect(rect.x, Math.round(y), rect.width, 1);
  }
  paintMarks(context, rect, lane, marks);
  paintSeries(context, rect, lane, low, high);
  paintLeftLabels(context, ticks, rect.x - 8, rect.x - 10, ink);
  label(context, ink, 11, 500);
  context.textAlign = 'left';
  context.fillStyle = lane.colour;
  context.fillText(lane.name, rect.x + 6, rect.y + 10);
}

/** Bars through the lane, at least two pixels wide: a single NaN must be seen. */
function paintMarks(
  context: Context,
  { x, y, width, height }: Rect,
  { from, to, stride }: Lane,
  marks: readonly LaneMark[],
): void {
  const perStep = width / (to - from);
  for (const { at, colour } of marks) {
    const left = (at * stride - from) * perStep;
    const wide = Math.max(2, stride * perStep);
    if (left + wide < 0 || left > width) continue;
    context.fillStyle = colour;
    context.fillRect(x + Math.max(0, left), y, Math.min(wide, width - Math.max(0, left)), height);
  }
}

function frame(context: Context, { x, y, width, height }: Rect, ink: Ink): void {
  context.strokeStyle = ink.grid;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

function paintSeries(context: Context, rect: Rect, lane: Lane, low: number, high: number): void {
  const { series, stride } = lane;
  const [from, to] = [lane.from / stride, lane.to / stride];
  const scale = (rect.height - 4) / (high - low);
  const yOf = (value: number): number => rect.y + rect.height - 2 - (value - low) * scale;
  context.save();
  context.beginPath();
  context.rect(rect.x, rect.y, rect.width, rect.height);
  context.clip();
  context.strokeStyle = lane.colour;
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  context.beginPath();
  if (to - from > rect.width)
    traceEnvelope(context, rect, envelope(series, from, to, Math.round(rect.width)), yOf);
  else traceLine(context, rect, series, from, to, yOf);
  context.stroke();
  context.restore();
}

function traceEnvelope(
  context: Context,
  { x }: Rect,
  { low, high }: ReturnType<typeof envelope>,
  yOf: (value: number) => number,
): void {
  let pen = false;
  for (let i = 0; i < low.length; i++) {
    if (Number.isNaN(low[i])) {
      pen = false;
      continue;
    }
    const [top, bottom] = [yOf(high[i]), yOf(low[i])];
    if (pen) context.lineTo(x + i + 0.5, top);
    else context.moveTo(x + i + 0.5, top);
    // A flat stretch still needs a dot's height to be seen.
    context.lineTo(x + i + 0.5, Math.max(bottom, top + 0.5));
    pen = true;
  }
}

function traceLine(
  context: Context,
  { x, width }: Rect,
  series: ArrayLike<number>,
  from: number,
  to: number,
  yOf: (value: number) => number,
): void {
  let pen = false;
  const last = Math.min(series.length, Math.ceil(to) + 1);
  for (let i = Math.max(0, Math.floor(from) - 1); i < last; i++) {
    if (!Number.isFinite(series[i])) {
      pen = false;
      continue;
    }
    const at = x + ((i + 0.5 - from) / (to - from)) * width;
    if (pen) context.lineTo(at, yOf(series[i]));
    else context.moveTo(at - 0.5, yOf(series[i]));
    if (!pen) context.lineTo(at, yOf(series[i]));
    pen = true;
  }
}
