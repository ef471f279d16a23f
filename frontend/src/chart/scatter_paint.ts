/** Draws a scatter: the bitmap of its points, axes, diagonal, users' lines, and what is chosen. */
import { paintBottomAxis, paintLeftLabels, paintUpward, stroke } from './axis_paint';
import type { Surface } from './heatmap_paint';
import { fitted, label, type Context, type Ink } from './ink';
import {
  placeOf,
  type ScatterAxis,
  type ScatterLayout,
  type ScatterWindow,
  type UserLines,
} from './scatter';
import {
  countIn,
  newBuffers,
  radiusFor,
  rasterise,
  type Buffers,
  type Points,
} from './scatter_raster';

export interface ScatterParts {
  readonly layout: ScatterLayout;
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly window: ScatterWindow;
  readonly points: Points;
  /** Whether both axes count the same, so that the diagonal means something. */
  readonly diagonal: boolean;
  readonly lines: UserLines | null;
  readonly brush: ScatterWindow | null;
  /** The row that is looked at, and the one under the pointer; null: none. */
  readonly row: number | null;
  readonly hovered: number | null;
}

/** What is reused from frame to frame. */
export interface ScatterMemory {
  readonly surface: Surface;
  readonly buffers: Buffers;
  /** What the bitmap shows: moving the pointer must not draw half a million points anew. */
  shown: readonly unknown[];
}

export function newMemory(surface: Surface): ScatterMemory {
  return { surface, buffers: newBuffers(), shown: [] };
}

export function paintScatter(
  context: Context,
  parts: ScatterParts,
  memory: ScatterMemory,
  ink: Ink,
): void {
  const { layout, diagonal, window, lines, brush, row, hovered } = parts;
  const { plot } = layout;
  paintAxes(context, parts, ink);
  context.save();
  context.beginPath();
  context.rect(plot.x, plot.y, plot.width, plot.height);
  context.clip();
  if (diagonal) paintDiagonal(context, parts, ink);
  if (lines) paintLines(context, parts, lines, ink);
  paintPoints(context, parts, memory);
  if (brush) paintBrush(context, layout, window, brush, ink);
  for (const at of [hovered, row]) {
    if (at !== null) paintRow(context, parts, at, at === row, ink);
  }
  context.restore();
}

function paintPoints(context: Context, parts: ScatterParts, memory: ScatterMemory): void {
  const { layout, points, window } = parts;
  const { surface, buffers, shown } = memory;
  const screen = context.getTransform().a || 1;
  const from = [points, window, layout, screen];
  if (!from.every((one, i) => one === shown[i])) {
    const radius = radiusFor(countIn(points.x, points.y, window));
    // Crowds are drawn in CSS pixels, dots in those of the screen.
    const ratio = radius > 0 ? screen : 1;
    const width = Math.round(layout.plot.width * ratio);
    const height = Math.round(layout.plot.height * ratio);
    const grid = { width, height, window, radius: radius * ratio };
    rasterise(surface.pixels(width, height), grid, points, buffers);
    memory.shown = from;
  }
  surface.draw(context, layout.plot);
}

/** CSS pixels between two ticks. */
const APART = { x: 70, y: 42 };

function paintAxes(context: Context, { layout, x, y, window }: ScatterParts, ink: Ink): void {
  const { plot } = layout;
  const across = x.ticks(window.left, window.right, plot.width / APART.x);
  const up = y.ticks(window.bottom, window.top, plot.height / APART.y);
  const xOf = (at: number): number => placeOf(layout, window, { x: at, y: 0 }).x;
  const yOf = (at: number): number => placeOf(layout, window, { x: 0, y: at }).y;
  context.strokeStyle = ink.grid;
  context.lineWidth = 1;
  for (const { value } of across) {
    const at = xOf(value);
    if (at >= plot.x && at <= plot.x + plot.width) {
      stroke(context, Math.round(at) + 0.5, plot.y, 0, plot.height);
    }
  }
  const labels: { y: number; label: string }[] = [];
  for (const { value, label: text } of up) {
    const at = yOf(value);
    if (at < plot.y - 0.5 || at > plot.y + plot.height + 0.5) continue;
    stroke(context, plot.x, Math.round(at) + 0.5, plot.width, 0);
    labels.push({ y: at, label: text });
  }
  context.strokeStyle = ink.line;
  context.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  paintBottomAxis(context, { ...plot, y: plot.y + plot.height }, across, xOf, ink);
  paintLeftLabels(context, labels, plot.x - 6, plot.x - 24, ink);
  paintUpward(context, y.name, 9, plot, ink);
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillStyle = ink.muted;
  const under = plot.y + plot.height + 25;
  context.fillText(fitted(context, x.name, plot.width), plot.x + plot.width / 2, under);
}

function paintDiagonal(context: Context, { layout, window }: ScatterParts, ink: Ink): void {
  const low = Math.min(window.left, window.bottom);
  const high = Math.max(window.right, window.top);
  const from = placeOf(layout, window, { x: low, y: low });
  const to = placeOf(layout, window, { x: high, y: high });
  context.strokeStyle = ink.muted;
  context.setLineDash([5, 4]);
  context.lineWidth = 1;
  stroke(context, from.x, from.y, to.x - from.x, to.y - from.y);
  context.setLineDash([]);
}

/** Fainter the more there are, so that a crowd is an area and not a wall. */
function paintLines(context: Context, parts: ScatterParts, lines: UserLines, ink: Ink): void {
  const { layout, window, points } = parts;
  context.beginPath();
  for (let k = 0; k < lines.low.length; k++) {
    const [low, high] = [lines.low[k], lines.high[k]];
    const from = placeOf(layout, window, { x: points.x[low], y: points.y[low] });
    const to = placeOf(layout, window, { x: points.x[high], y: points.y[high] });
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
  }
  context.strokeStyle = ink.text;
  context.lineWidth = 1;
  context.globalAlpha = Math.max(0.12, Math.min(0.5, 40 / lines.low.length));
  context.stroke();
  context.globalAlpha = 1;
}

function paintBrush(
  context: Context,
  layout: ScatterLayout,
  window: ScatterWindow,
  brush: ScatterWindow,
  ink: Ink,
): void {
  const from = placeOf(layout, window, { x: brush.left, y: brush.top });
  const to = placeOf(layout, window, { x: brush.right, y: brush.bottom });
  const sides = [from.x, from.y, to.x - from.x, to.y - from.y] as const;
  context.fillStyle = ink.accent;
  context.globalAlpha = 0.08;
  context.fillRect(...sides);
  context.globalAlpha = 1;
  context.strokeStyle = ink.accent;
  context.lineWidth = 1;
  context.strokeRect(...sides);
}

function paintRow(
  context: Context,
  { layout, window, points }: ScatterParts,
  row: number,
  chosen: boolean,
  ink: Ink,
): void {
  const { x, y } = placeOf(layout, window, { x: points.x[row], y: points.y[row] });
  if (Number.isNaN(x) || Number.isNaN(y)) return;
  for (const [colour, width] of [
    [ink.surface, 4],
    [chosen ? ink.accent : ink.text, 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, chosen ? 7 : 6, 0, 2 * Math.PI);
    context.stroke();
  }
}
