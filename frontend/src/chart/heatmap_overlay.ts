/** Draws what follows the pointer: crosshair, the row under it, the range being selected. */
import { stroke } from './axis_paint';
import { xOf, yOf, type FigureLayout, type Hit } from './heatmap_layout';
import type { Window } from './heatmap_window';
import type { Context, Ink } from './ink';

export function paintOverlay(
  context: Context,
  layout: FigureLayout,
  window: Window,
  hover: Hit | null,
  brush: readonly [number, number] | null,
  ink: Ink,
): void {
  const top = layout.lanes[0]?.y ?? layout.map.y;
  const last = layout.detail ?? layout.map;
  const height = last.y + last.height - top;
  if (brush) paintBrush(context, layout, window, brush, top, height, ink);
  else if (hover) paintCross(context, layout, window, hover, top, height, ink);
}

function paintBrush(
  context: Context,
  layout: FigureLayout,
  window: Window,
  [from, to]: readonly [number, number],
  top: number,
  height: number,
  ink: Ink,
): void {
  const [left, right] = [xOf(layout, window, from), xOf(layout, window, to)];
  context.globalAlpha = 0.22;
  context.fillStyle = ink.accent;
  context.fillRect(left, top, right - left, height);
  context.globalAlpha = 1;
  context.strokeStyle = ink.accent;
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, right - left - 1, height - 1);
}

function paintCross(
  context: Context,
  layout: FigureLayout,
  window: Window,
  { step, row }: Hit,
  top: number,
  height: number,
  ink: Ink,
): void {
  const { map, strip } = layout;
  const at = xOf(layout, window, step + 0.5);
  if (at >= map.x && at <= map.x + map.width) {
    // Two tones, or the line would vanish on one half of the colours.
    context.lineWidth = 3;
    context.strokeStyle = ink.surface;
    context.globalAlpha = 0.5;
    stroke(context, at, top, 0, height);
    context.globalAlpha = 1;
    context.lineWidth = 1;
    context.strokeStyle = ink.text;
    stroke(context, Math.round(at) + 0.5, top, 0, height);
  }
  if (row === null) return;
  const y = Math.max(map.y, yOf(layout, window, row));
  const bottom = Math.min(map.y + map.height, yOf(layout, window, row + 1));
  context.lineWidth = 1;
  context.strokeStyle = ink.text;
  context.strokeRect(strip.x - 0.5, y - 0.5, map.x + map.width - strip.x + 1, bottom - y + 1);
}
