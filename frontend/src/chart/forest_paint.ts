/** Draws a forest plot. */
import { linearTicks } from './axis';
import { paintBottomAxis, stroke } from './axis_paint';
import {
  FOREST_LABEL,
  forestMarkY,
  forestSpan,
  type Forest,
  type ForestLayout,
  type ForestLook,
  type ForestMark,
  type ForestSpan,
} from './forest';
import { fitted, fittedTail, label, type Context, type Ink } from './ink';

export interface ForestParts {
  readonly forest: Forest;
  readonly layout: ForestLayout;
  /** The row that is chosen; null: none. */
  readonly row: number | null;
}

const TICK_ROOM = 70;
const DOT = 3.6;

export function paintForest(context: Context, parts: ForestParts, ink: Ink): void {
  const { forest, layout, row } = parts;
  const { plot } = layout;
  if (row !== null) paintForestRow(context, layout, row, ink.raised);
  const ticks = linearTicks(layout.x.low, layout.x.high, plot.width / TICK_ROOM);
  context.lineWidth = 1;
  context.strokeStyle = ink.grid;
  for (const { value } of ticks) paintUpright(context, parts, layout.x.forward(value));
  context.strokeStyle = ink.line;
  stroke(context, plot.x, plot.y + plot.height + 0.5, plot.width, 0);
  paintBottomAxis(context, { ...plot, y: plot.y + plot.height }, ticks, layout.x.forward, ink);
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const title = fitted(context, forest.axis, layout.width);
  const half = context.measureText(title).width / 2;
  const centre = Math.min(layout.width - half, Math.max(half, plot.x + plot.width / 2));
  context.fillText(title, centre, layout.height - 3);
  paintReferences(context, parts, ink);
  forest.rows.forEach((_, i) => paintRow(context, parts, i, ink));
}

/** The ground of a row that is chosen or under the pointer. */
export function paintForestRow(
  context: Context,
  { plot, rowHeight, width }: ForestLayout,
  row: number,
  colour: string,
): void {
  context.fillStyle = colour;
  context.fillRect(0, plot.y + row * rowHeight, width, rowHeight);
}

/** A line from top to bottom, but not through labels that stand above their marks. */
function paintUpright(
  context: Context,
  { forest, layout }: Pick<ForestParts, 'forest' | 'layout'>,
  x: number,
): void {
  const { plot, stacked, rowHeight } = layout;
  const at = Math.round(x) + 0.5;
  if (!stacked) stroke(context, at, plot.y, 0, plot.height);
  else {
    forest.rows.forEach((_, row) => {
      stroke(context, at, plot.y + row * rowHeight + FOREST_LABEL, 0, rowHeight - FOREST_LABEL);
    });
  }
}

function paintReferences(context: Context, { forest, layout }: ForestParts, ink: Ink): void {
  const { plot, x } = layout;
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.strokeStyle = ink.muted;
  context.fillStyle = ink.muted;
  const taken: (readonly [number, number])[] = [];
  if (layout.text && forest.textTitle && !layout.stacked) {
    context.textAlign = 'left';
    const title = fitted(context, forest.textTitle, layout.text.width);
    context.fillText(title, layout.text.x, plot.y - 10);
    taken.push([layout.text.x - 6, layout.width]);
    context.textAlign = 'center';
  }
  for (const reference of forest.references) {
    const at = x.forward(reference.value);
    if (!(at >= plot.x - 0.5 && at <= plot.x + plot.width + 0.5)) continue;
    context.setLineDash([4, 3]);
    paintUpright(context, { forest, layout }, at);
    context.setLineDash([]);
    const half = context.measureText(reference.label).width / 2;
    const centre = Math.min(layout.width - half, Math.max(half, at));
    // Two labels on one place can't be read; the line stays.
    if (taken.some(([from, to]) => centre + half > from && centre - half < to)) continue;
    taken.push([centre - half - 6, centre + half + 6]);
    context.fillText(reference.label, centre, plot.y - 10);
  }
}

function paintRow(context: Context, { forest, layout }: ForestParts, row: number, ink: Ink): void {
  const { marks, muted, label: name, text, note } = forest.rows[row];
  const top = layout.plot.y + row * layout.rowHeight;
  const middle = layout.stacked ? top + 11 : top + layout.rowHeight / 2;
  context.strokeStyle = ink.grid;
  context.lineWidth = 1;
  if (row > 0) stroke(context, 0, Math.round(top) + 0.5, layout.width, 0);
  label(context, ink, 12);
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  context.fillStyle = muted ? ink.muted : ink.text;
  context.fillText(fittedEnds(context, name, layout.labels.width), layout.labels.x, middle);
  if (layout.text) {
    context.textAlign = layout.stacked ? 'right' : 'left';
    const at = layout.stacked ? layout.width : layout.text.x;
    context.fillText(fitted(context, text, layout.text.width), at, middle);
  }
  if (layout.notes) {
    context.textAlign = 'right';
    context.fillStyle = ink.muted;
    context.fillText(fitted(context, note, layout.notes.width), layout.width, middle);
  }
  marks.forEach((mark, i) => {
    const y = forestMarkY(layout, row, i, marks.length);
    const look = forest.looks[mark.look];
    paintMark(context, layout, mark, muted ? { ...look, colour: ink.muted } : look, y, ink);
  });
}

function paintMark(
  context: Context,
  layout: ForestLayout,
  mark: ForestMark,
  look: ForestLook,
  y: number,
  ink: Ink,
): void {
  const span = forestSpan(layout, mark);
  if (!span) {
    label(context, ink);
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillStyle = ink.muted;
    context.fillText('n/a', layout.plot.x + 4, y);
    return;
  }
  context.strokeStyle = look.colour;
  context.fillStyle = look.colour;
  context.lineWidth = 1.5;
  stroke(context, span.from, y, span.to - span.from, 0);
  paintEnds(context, span, y);
  if (span.at === null) return;
  context.beginPath();
  context.arc(span.at, y, DOT, 0, 2 * Math.PI);
  if (look.hollow) context.fillStyle = ink.surface;
  context.fill();
  if (look.hollow) context.stroke();
}

/** Caps where the interval ends; arrow heads where it goes on beyond the axis. */
function paintEnds(context: Context, { from, to, beyond }: ForestSpan, y: number): void {
  const ends = [
    [from, -1, beyond.left],
    [to, 1, beyond.right],
  ] as const;
  for (const [at, way, isBeyond] of ends) {
    if (isBeyond) {
      context.beginPath();
      context.moveTo(at + 3 * way, y);
      context.lineTo(at - 5 * way, y - 4);
      context.lineTo(at - 5 * way, y + 4);
      context.closePath();
      context.fill();
    } else if (to - from > 2) stroke(context, at, y - 3, 0, 6);
  }
}

/** Cut in its middle: conditions that begin alike mostly end differently. */
function fittedEnds(context: Context, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const start = fitted(context, text, 0.55 * width);
  return start + fittedTail(context, text, width - context.measureText(start).width).slice(1);
}
