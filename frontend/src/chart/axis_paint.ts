/** Draws axes: ticks below a picture, ticks at its left, and names in the gutter. */
import type { Tick } from './axis';
import type { Rect } from './heatmap_layout';
import { fitted, label, type Context, type Ink } from './ink';

/** Ticks and labels on the line below a picture; labels that would touch are left out. */
export function paintBottomAxis(
  context: Context,
  { x, y, width }: Rect,
  ticks: readonly Tick[],
  xOf: (value: number) => number,
  ink: Ink,
): void {
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  let free = -Infinity;
  for (const tick of ticks) {
    const at = xOf(tick.value);
    if (at < x - 0.5 || at > x + width + 0.5) continue;
    stroke(context, Math.round(at) + 0.5, y, 0, tick.major ? 7 : 4);
    const half = context.measureText(tick.label).width / 2;
    const centre = Math.min(x + width - half + 8, Math.max(at, x - 8 + half));
    if (centre - half < free) continue;
    free = centre + half + 6;
    context.fillStyle = tick.major ? ink.text : ink.muted;
    context.fillText(tick.label, centre, y + 8);
  }
}

/** Labels right-aligned at `right`, each at its height. */
export function paintLeftLabels(
  context: Context,
  ticks: readonly { readonly y: number; readonly label: string }[],
  right: number,
  width: number,
  ink: Ink,
): void {
  label(context, ink);
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillStyle = ink.muted;
  for (const tick of ticks) context.fillText(fitted(context, tick.label, width), right, tick.y);
}

/** A name that runs upwards beside a picture. */
export function paintUpward(
  context: Context,
  text: string,
  x: number,
  { y, height }: Rect,
  ink: Ink,
): void {
  label(context, ink);
  context.save();
  context.translate(x, y + height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = ink.muted;
  context.fillText(fitted(context, text, height), 0, 0);
  context.restore();
}

/** A short line from a point. */
export function stroke(context: Context, x: number, y: number, dx: number, dy: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  context.stroke();
}
