/** Draws an amnesia layout. */
import type { Ink } from './ink';
import { fillBand, inView, strokePath } from './line';
import { MASKED, UNDERFLOWED } from './line_amnesia';
import { rasterLines, turn } from './line_raster';
import type { Line } from './line_amnesia_curves';
import type { Rectangle } from './scale';
import type { AmnesiaLayout, Gap, Lane } from './line_amnesia';

type Context = CanvasRenderingContext2D;

export function paintAmnesia(context: Context, layout: AmnesiaLayout, ink: Ink): void {
  context.font = `11px ${ink.font}`;
  context.lineJoin = 'round';
  paintGrid(context, layout, ink);
  context.save();
  const { left, top, width, height } = layout.plot;
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  for (const gap of layout.gaps) paintGap(context, gap, layout, ink);
  paintGuides(context, layout, ink);
  for (const line of layout.references) paintLine(context, line, line.dashed ? [2, 6] : [2, 3]);
  paintCurves(context, layout);
  context.restore();
  paintRamp(context, layout);
  paintGuideLabels(context, layout, ink);
  for (const lane of layout.lanes) paintLane(context, lane, layout, ink);
  paintOutputs(context, layout, ink);
}

function paintGrid(context: Context, layout: AmnesiaLayout, ink: Ink): void {
  const { left, top, width, height } = layout.plot;
  context.fillStyle = ink.grid;
  for (const { at } of layout.xTicks) context.fillRect(Math.round(at), top, 1, height);
  for (const { at } of layout.yTicks) context.fillRect(left, Math.round(at), width, 1);
  context.fillStyle = ink.muted;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { at, label } of layout.yTicks) context.fillText(label, left - 8, at);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const bottom = laneBottom(layout) + 16;
  for (const { at, label } of layout.xTicks) context.fillText(label, at, bottom);
  context.fillText(layout.xTitle, left + width / 2, bottom + 17);
  context.textAlign = 'left';
  if (titleFits(context, layout)) context.fillText(layout.yTitle, left, top - 9);
  if (layout.floorLabel && layout.lanes.length > 0) {
    context.textAlign = 'right';
    context.fillText(layout.floorLabel, left - 8, laneBottom(layout));
  }
}

/** The label of an output near the left edge stands where the title of the y axis would. */
function titleFits(context: Context, { yTitle, outputs, plot }: AmnesiaLayout): boolean {
  const end = plot.left + context.measureText(yTitle).width + 12;
  return outputs.every(({ x, label }) => x - context.measureText(label).width / 2 > end);
}

function laneBottom({ plot, lanes }: AmnesiaLayout): number {
  const last = lanes[lanes.length - 1];
  return last ? last.top + last.height : plot.top + plot.height;
}

function paintGap(context: Context, gap: Gap, { plot }: AmnesiaLayout, ink: Ink): void {
  const { left, right, label } = gap;
  context.fillStyle = ink.void;
  context.globalAlpha = 0.55;
  context.fillRect(left, plot.top, right - left, plot.height);
  context.globalAlpha = 1;
  if (right - left < context.measureText(label).width + 12) return;
  context.fillStyle = ink.muted;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(label, (left + right) / 2, plot.top + plot.height / 2);
}

function paintGuides(context: Context, { guides, plot }: AmnesiaLayout, ink: Ink): void {
  for (const { y, strong, colour } of guides) {
    context.strokeStyle = colour ?? ink.muted;
    context.globalAlpha = strong ? 0.9 : 0.5;
    context.lineWidth = 1;
    context.setLineDash(strong ? [6, 4] : [2, 4]);
    context.beginPath();
    context.moveTo(plot.left, y);
    context.lineTo(plot.left + plot.width, y);
    context.stroke();
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function paintGuideLabels(context: Context, layout: AmnesiaLayout, ink: Ink): void {
  const { left, top, width, height } = layout.plot;
  context.fillStyle = ink.muted;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { y, label } of layout.guides) {
    if (y >= top - 1 && y <= top + height + 1) context.fillText(label, left + width + 6, y);
  }
}

function paintCurves(context: Context, { bands, lines, plot }: AmnesiaLayout): void {
  context.globalAlpha = 0.16;
  for (const { band, colour } of bands) {
    context.fillStyle = colour;
    fillBand(context, band);
  }
  context.globalAlpha = 1;
  if (areCrowded(lines)) return paintCrowd(context, plot, lines);
  for (const line of lines) paintLine(context, line, line.dashed ? [5, 3] : []);
}

function paintLine(context: Context, line: Line, dash: readonly number[]): void {
  context.globalAlpha = line.opacity;
  context.strokeStyle = line.colour;
  context.lineWidth = line.width;
  context.setLineDash([...dash]);
  strokePath(context, line.path());
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** The colours that stand for the heights, on the axis itself. */
function paintRamp(context: Context, { ramp, plot }: AmnesiaLayout): void {
  if (!ramp) return;
  const { top, bottom, colours } = ramp;
  const each = (bottom - top) / colours.length;
  colours.forEach((colour, i) => {
    context.fillStyle = colour;
    context.fillRect(plot.left - 6, bottom - (i + 1) * each, 4, each + 0.5);
  });
}

/** Strokes of as many points take longer than a frame. */
const MOST_STROKED = 16_384;

function areCrowded(lines: readonly Line[]): boolean {
  return (
    lines.reduce((sum, { curve }) => {
      const [from, to] = inView(curve.xs, curve.x);
      return sum + to - from;
    }, 0) > MOST_STROKED
  );
}

function paintCrowd(context: Context, plot: Rectangle, lines: readonly Line[]): void {
  const ratio = context.getTransform().a || 1;
  const width = Math.ceil(plot.width * ratio);
  const height = Math.ceil(plot.height * ratio);
  const plain = lines.map((line) => ({ ...line, colour: packed(context, line.colour) }));
  const columns = rasterLines(plain, { ...plot, ratio }, width, height);
  const image = new ImageData(width, height);
  turn(columns, height, new Uint32Array(image.data.buffer));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  context.drawImage(canvas, plot.left, plot.top, width / ratio, height / ratio);
}

/** A colour of a style sheet as 0xBBGGRR; the context writes any opaque one as #rrggbb. */
function packed(context: Context, colour: string): number {
  context.fillStyle = colour;
  const rgb = Number.parseInt(String(context.fillStyle).slice(1, 7), 16);
  return ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
}

function paintLane(context: Context, lane: Lane, { plot }: AmnesiaLayout, ink: Ink): void {
  const { top, height, colour, marks } = lane;
  context.fillStyle = ink.grid;
  context.fillRect(plot.left, top, plot.width, height);
  for (const { left, right, state } of marks) {
    if (state === UNDERFLOWED) {
      hatch(context, left, right, top, height, colour);
    } else {
      context.fillStyle = state === MASKED ? ink.surface : ink.muted;
      context.fillRect(left, top, right - left, height);
    }
  }
  context.fillStyle = colour;
  context.fillRect(plot.left + plot.width + 6, top, 10, height);
}

function hatch(
  context: Context,
  left: number,
  right: number,
  top: number,
  height: number,
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = left - height; x < right; x += 5) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

function paintOutputs(context: Context, { outputs, plot }: AmnesiaLayout, ink: Ink): void {
  context.textBaseline = 'alphabetic';
  for (const { x, label, colour } of outputs) {
    context.fillStyle = colour || ink.text;
    context.fillRect(Math.round(x) - 0.5, plot.top - 4, 1.5, plot.height + 4);
    const half = context.measureText(label).width / 2;
    const right = plot.left + plot.width;
    context.textAlign = 'center';
    context.fillText(label, Math.min(Math.max(x, plot.left + half), right - half), plot.top - 9);
  }
}
