/** Draws the curves over the depth of a net. */
import type { DepthInput, DepthLayout, DepthLine } from './depth';
import { label, type Context, type Ink } from './ink';
import { rowTop } from './layers_layout';
import { paintKinds, paintNames } from './layers_paint';

export interface DepthInk extends Ink {
  /** Of what is NaN or infinite. */
  readonly broken: string;
}

export interface DepthParts {
  readonly input: DepthInput;
  readonly layout: DepthLayout;
  /** The chosen row; null: none. */
  readonly row: number | null;
}

export function paintDepth(
  context: Context,
  { input, layout, row }: DepthParts,
  ink: DepthInk,
): void {
  const { plot, lines } = layout;
  paintUsual(context, layout, ink);
  paintGrid(context, input, layout, row, ink);
  if (input.named) {
    paintNames(context, layout, input.rows, row, ink);
    paintKinds(context, layout, input.rows, ink);
  }
  paintLanes(context, layout, ink);
  context.save();
  context.beginPath();
  context.rect(plot.x - 4, plot.y - 4, plot.width + 8, plot.height + 8);
  context.clip();
  for (const line of lines) paintLine(context, line, lines.length, ink);
  context.restore();
  for (const line of lines) if (line.curve.age === null) paintSpecials(context, layout, line, ink);
}

function paintUsual(context: Context, { usual, plot }: DepthLayout, ink: Ink): void {
  if (!usual) return;
  context.fillStyle = ink.grid;
  context.fillRect(usual.from, plot.y, usual.to - usual.from, plot.height);
  context.fillStyle = ink.muted;
  context.fillRect(Math.round(usual.x), plot.y - 4, 1, plot.height + 4);
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const half = context.measureText('usual').width / 2;
  const right = plot.x + plot.width - half;
  context.fillText('usual', Math.min(right, Math.max(plot.x + half, usual.x)), plot.y - 8);
}

function paintGrid(
  context: Context,
  { rows }: DepthInput,
  { plot, ticks }: DepthLayout,
  chosen: number | null,
  ink: Ink,
): void {
  const high = plot.height / rows.length;
  if (chosen !== null) {
    context.fillStyle = ink.accent;
    context.globalAlpha = 0.18;
    const y = rowTop(plot, rows.length, chosen);
    context.fillRect(plot.x, y, plot.width, Math.max(2, high));
    context.globalAlpha = 1;
  }
  context.fillStyle = ink.grid;
  rows.forEach(({ layer }, row) => {
    if (row === 0 || rows[row - 1].layer === layer || high < 3) return;
    context.fillRect(plot.x, Math.round(rowTop(plot, rows.length, row)), plot.width, 1);
  });
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const { x, label: text } of ticks) {
    context.fillStyle = ink.grid;
    context.fillRect(Math.round(x), plot.y, 1, plot.height);
    context.fillStyle = ink.muted;
    context.fillText(text, x, plot.y + plot.height + 8);
  }
  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
}

function paintLanes(
  context: Context,
  { zeroLane, brokenLane, plot }: DepthLayout,
  ink: DepthInk,
): void {
  label(context, ink);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  const bottom = plot.y + plot.height + 8;
  for (const [lane, text] of [
    [zeroLane, '0'],
    [brokenLane, 'NaN'],
  ] as const) {
    if (lane.width === 0) continue;
    context.fillStyle = ink.raised;
    context.fillRect(lane.x, lane.y, lane.width - 1, lane.height);
    context.fillStyle = ink.muted;
    context.fillText(text, lane.x + lane.width / 2, bottom);
  }
}

const CROWDED = 60;

function paintLine(
  context: Context,
  { curve, paths, marks }: DepthLine,
  lines: number,
  ink: Ink,
): void {
  const { age, colour, focus } = curve;
  context.globalAlpha = age === null ? 1 : 0.2 + 0.35 * age;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = age === null ? (focus ? 2 : 1.5) : 1;
  context.lineJoin = 'round';
  context.setLineDash(curve.dashed ? [5, 4] : []);
  for (const path of paths) {
    context.beginPath();
    for (const { x, y } of path) context.lineTo(x, y);
    context.stroke();
  }
  context.setLineDash([]);
  // Where rows are many, or lines alone tell enough, dots would only cover them.
  if (age === null && marks.length <= CROWDED && (focus || lines <= 6)) {
    for (const { x, y, hollow } of marks) {
      if (hollow && !focus) continue;
      dot(context, x, y, hollow ? 2.5 : 3, hollow, ink);
    }
  }
  context.globalAlpha = 1;
}

function dot(
  context: Context,
  x: number,
  y: number,
  radius: number,
  hollow: boolean,
  ink: Ink,
): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (hollow) {
    const fill = context.fillStyle;
    context.fillStyle = ink.surface;
    context.fill();
    context.fillStyle = fill;
    context.lineWidth = 1.25;
    context.stroke();
  } else {
    context.fill();
  }
}

/** Zeros and what is not finite have no place on a log axis: they are marked beside it. */
function paintSpecials(
  context: Context,
  { zeroLane, brokenLane, plot }: DepthLayout,
  { curve, zeros, broken }: DepthLine,
  ink: DepthInk,
): void {
  const rows = curve.values.length;
  const middle = (row: number): number =>
    (rowTop(plot, rows, row) + rowTop(plot, rows, row + 1)) / 2;
  context.strokeStyle = curve.colour;
  context.fillStyle = curve.colour;
  for (const row of zeros) {
    dot(context, zeroLane.x + zeroLane.width / 2, middle(row), 3, true, ink);
  }
  context.strokeStyle = ink.broken;
  context.lineWidth = 2;
  for (const row of broken) {
    const [x, y] = [brokenLane.x + brokenLane.width / 2, middle(row)];
    context.beginPath();
    context.moveTo(x - 3.5, y - 3.5);
    context.lineTo(x + 3.5, y + 3.5);
    context.moveTo(x + 3.5, y - 3.5);
    context.lineTo(x - 3.5, y + 3.5);
    context.stroke();
  }
}
