/** Draws a reliability diagram, with the rows of each prediction below it. */
import { linearTicks } from './axis';
import { paintBottomAxis, paintLeftLabels, paintUpward, stroke } from './axis_paint';
import type { CalibrationInput, CalibrationLayout, CalibrationSeries } from './calibration';
import { fitted, label, type Context, type Ink } from './ink';
import { shortNumber } from './ticks';

export function paintCalibration(
  context: Context,
  input: CalibrationInput,
  layout: CalibrationLayout,
  ink: Ink,
): void {
  paintFrame(context, input, layout, ink);
  // The first series lies on top.
  for (const series of [...input.series].reverse()) {
    paintRows(context, series, layout);
    paintCurve(context, series, layout, ink);
  }
}

function paintFrame(
  context: Context,
  { across, up }: CalibrationInput,
  { plot, rows, x, y, count, height }: CalibrationLayout,
  ink: Ink,
): void {
  const ticks = linearTicks(0, x.high, 5);
  context.lineWidth = 1;
  context.strokeStyle = ink.grid;
  for (const { value } of ticks) {
    stroke(context, Math.round(x.forward(value)) + 0.5, plot.y, 0, rows.y + rows.height - plot.y);
    stroke(context, plot.x, Math.round(y.forward(value)) + 0.5, plot.width, 0);
  }
  context.strokeStyle = ink.muted;
  context.setLineDash([4, 3]);
  stroke(context, plot.x, plot.y + plot.height, plot.width, -plot.height);
  context.setLineDash([]);
  context.strokeStyle = ink.line;
  stroke(context, rows.x, rows.y + rows.height + 0.5, rows.width, 0);
  paintBottomAxis(context, { ...rows, y: rows.y + rows.height }, ticks, x.forward, ink);
  const places = ticks.map(({ value, label: text }) => ({ y: y.forward(value), label: text }));
  paintLeftLabels(context, places, plot.x - 5, 28, ink);
  paintLeftLabels(
    context,
    [{ y: rows.y + 6, label: shortNumber(count.high) }],
    rows.x - 5,
    rows.x - 5,
    ink,
  );
  paintUpward(context, up, 7, plot, ink);
  label(context, ink);
  context.fillStyle = ink.muted;
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.fillText(fitted(context, across, plot.width), plot.x + plot.width / 2, height - 3);
}

function paintRows(
  context: Context,
  { bins, colour, hollow }: CalibrationSeries,
  { x, count, rows }: CalibrationLayout,
): void {
  const floor = rows.y + rows.height;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  for (const bin of bins) {
    const [from, to] = [x.forward(bin.low), Math.min(x.forward(bin.high), rows.x + rows.width)];
    if (bin.rows === 0 || from >= rows.x + rows.width) continue;
    // A bin with few rows is seen too.
    const top = Math.min(count.forward(bin.rows), floor - 1);
    if (hollow) {
      context.strokeRect(from + 1.5, top + 0.5, Math.max(1, to - from - 3), floor - top);
    } else {
      context.globalAlpha = 0.45;
      context.fillRect(from + 1, top, Math.max(1, to - from - 2), floor - top);
      context.globalAlpha = 1;
    }
  }
}

function paintCurve(
  context: Context,
  { bins, colour, hollow }: CalibrationSeries,
  { x, y }: CalibrationLayout,
  ink: Ink,
): void {
  const known = bins.filter(({ rows, mean, share }) => rows > 0 && Number.isFinite(mean + share));
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.globalAlpha = hollow ? 0.7 : 1;
  context.beginPath();
  for (const { mean, share } of known) context.lineTo(x.forward(mean), y.forward(share));
  context.stroke();
  context.globalAlpha = 1;
  for (const { mean, share, shareLow, shareHigh } of known) {
    const at = x.forward(mean);
    if (Number.isFinite(shareLow + shareHigh)) {
      const [low, high] = [y.forward(shareLow), y.forward(Math.min(shareHigh, y.high))];
      stroke(context, at, low, 0, high - low);
      stroke(context, at - 3, low, 6, 0);
      stroke(context, at - 3, high, 6, 0);
    }
    context.beginPath();
    context.arc(at, y.forward(share), 3.4, 0, 2 * Math.PI);
    context.fillStyle = hollow ? ink.surface : colour;
    context.fill();
    if (hollow) context.stroke();
  }
}
