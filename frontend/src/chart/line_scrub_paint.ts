/** Draws the loss curve and the chosen step on it. */
import type { Ink } from './ink';
import { strokePath } from './line';
import type { ScrubLayout } from './line_scrub';

type Context = CanvasRenderingContext2D;

export function paintScrub(
  context: Context,
  layout: ScrubLayout,
  chosen: number | null,
  ink: Ink,
): void {
  context.font = `11px ${ink.font}`;
  context.lineJoin = 'round';
  paintAxes(context, layout, ink);
  paintMarks(context, layout, ink);
  for (const { path, colour } of layout.paths) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    strokePath(context, path);
  }
  for (const { x, colour } of layout.broken) paintBroken(context, x, layout.plot.top, colour);
  if (chosen !== null) paintHandle(context, layout, chosen, ink);
}

function paintAxes(context: Context, { plot, xTicks, yTicks }: ScrubLayout, ink: Ink): void {
  const bottom = plot.top + plot.height;
  context.fillStyle = ink.grid;
  for (const { at } of yTicks) context.fillRect(plot.left, Math.round(at), plot.width, 1);
  context.fillStyle = ink.muted;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { at, label } of yTicks) context.fillText(label, plot.left - 8, at);
  context.textBaseline = 'alphabetic';
  context.textAlign = 'center';
  for (const { at, label } of xTicks) context.fillText(label, at, bottom + 20);
}

/** A tick per recorded step: here the panels have a picture. */
function paintMarks(context: Context, { plot, marks }: ScrubLayout, ink: Ink): void {
  context.fillStyle = ink.muted;
  const bottom = plot.top + plot.height;
  context.globalAlpha = 0.8;
  let last = -Infinity;
  for (const x of marks) {
    if (x - last < 2) continue;
    context.fillRect(Math.round(x) - 0.5, bottom + 1, 1, 6);
    last = x;
  }
  context.globalAlpha = 1;
}

function paintBroken(context: Context, x: number, top: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x - 4, top);
  context.lineTo(x + 4, top);
  context.lineTo(x, top + 7);
  context.fill();
}

function paintHandle(context: Context, { plot, x }: ScrubLayout, chosen: number, ink: Ink): void {
  const at = Math.round(x.forward(chosen));
  const bottom = plot.top + plot.height;
  context.fillStyle = ink.accent;
  context.fillRect(at - 1, plot.top - 4, 2, plot.height + 8);
  context.beginPath();
  context.arc(at, bottom + 4, 5, 0, 2 * Math.PI);
  context.fill();
}
