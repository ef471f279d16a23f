/** Draws the activations figure from its parts; every decision is made before. */
import type { Tick } from './axis';
import { paintBottomAxis, paintLeftLabels, paintUpward, stroke } from './axis_paint';
import type { Palette } from './colour_palette';
import { fillHeatmap, type Heatmap } from './heatmap';
import { stripShares, type UnitHealth } from './heatmap_health';
import { xOf, yOf, type FigureLayout, type Rect } from './heatmap_layout';
import { rowLabels } from './heatmap_rows';
import { fillStrip } from './heatmap_strip';
import type { Window } from './heatmap_window';
import type { CloneSpan } from './unit_clones';
import { hatch, type Context, type Ink } from './ink';

/** A bitmap that pixels are written into and that is then drawn; kept between frames. */
export interface Surface {
  /** The pixels of a bitmap of this size, and the function that draws it into a rectangle. */
  readonly pixels: (width: number, height: number) => Uint32Array;
  readonly draw: (context: Context, into: Rect) => void;
}

export interface MapParts {
  readonly layout: FigureLayout;
  readonly map: Heatmap;
  readonly palette: Palette;
  readonly window: Window;
  readonly health: readonly UnitHealth[];
  /** `[units]`, -1 where the unit runs against its neighbours; null where no order says so. */
  readonly signs: ArrayLike<number> | null;
  readonly names: readonly string[] | null;
  /** Rows of units that do the same as another. */
  readonly clones: readonly CloneSpan[];
  readonly unit: number | null;
  readonly ticks: readonly Tick[];
  /** What the horizontal axis counts: "timestep". */
  readonly axisName: string;
}

export interface Surfaces {
  readonly map: Surface;
  readonly strip: Surface;
}

export function paintMap(context: Context, parts: MapParts, surfaces: Surfaces, ink: Ink): void {
  const { layout, map, palette, window } = parts;
  const ratio = context.getTransform().a || 1;
  const size = devicePixels(layout.map, ratio);
  hatch(context, layout.map, ink.line);
  const pixels = surfaces.map.pixels(size.width, size.height);
  fillHeatmap(pixels, size, map, window, palette.pixels);
  surfaces.map.draw(context, layout.map);
  paintStrip(context, { ...parts, order: map.order }, surfaces.strip, ratio);
  paintFlips(context, parts, ink);
  paintClones(context, parts, ink);
  paintSelection(context, parts, ink);
  const labels = rowLabels(layout, window, map.order, parts.names);
  paintLeftLabels(context, labels, layout.strip.x - 6, layout.strip.x - 20, ink);
  paintUpward(context, 'unit', 7, layout.map, ink);
  paintBottomAxis(context, layout.axis, parts.ticks, (t) => xOf(layout, window, t), ink);
  const name = [{ y: layout.axis.y + 13, label: parts.axisName }];
  paintLeftLabels(context, name, layout.map.x - 14, layout.map.x - 14, ink);
}

function devicePixels({ width, height }: Rect, ratio: number): { width: number; height: number } {
  return { width: Math.round(width * ratio), height: Math.round(height * ratio) };
}

export interface StripParts {
  readonly layout: Pick<FigureLayout, 'strip'>;
  /** Units from top to bottom. */
  readonly order: ArrayLike<number>;
  readonly window: Window;
  readonly health: readonly UnitHealth[];
  readonly palette: Pick<Palette, 'theme'>;
}

/** The health of the rows in view. */
export function paintStrip(
  context: Context,
  { layout, order, window, health, palette }: StripParts,
  surface: Surface,
  ratio: number,
): void {
  const { width, height } = devicePixels(layout.strip, ratio);
  const shares = stripShares(health, order, window.top, window.bottom, height);
  fillStrip(surface.pixels(width, height), width, height, shares, palette.theme, ratio);
  surface.draw(context, layout.strip);
}

/** A bracket left of the strip around rows of clones, a dot where one stands apart from them. */
function paintClones(context: Context, { layout, window, clones }: MapParts, ink: Ink): void {
  const { y, height } = layout.map;
  const x = layout.strip.x - 4.5;
  context.strokeStyle = ink.text;
  context.fillStyle = ink.text;
  context.lineWidth = 1;
  for (const { from, to } of clones) {
    const top = Math.max(y, yOf(layout, window, from) + 0.5);
    const bottom = Math.min(y + height, yOf(layout, window, to) - 0.5);
    if (bottom < y || top > y + height) continue;
    context.beginPath();
    if (to - from === 1) context.arc(x + 1.5, (top + bottom) / 2, 1.5, 0, 2 * Math.PI);
    if (to - from === 1) context.fill();
    else bracket(context, x, top, bottom);
  }
}

function bracket(context: Context, x: number, top: number, bottom: number): void {
  context.moveTo(x + 3, top);
  context.lineTo(x, top);
  context.lineTo(x, bottom);
  context.lineTo(x + 3, bottom);
  context.stroke();
}

/** A short bar beside each row whose unit was turned to match its neighbours. */
function paintFlips(context: Context, parts: MapParts, ink: Ink): void {
  const { layout, map, window, signs } = parts;
  if (!signs) return;
  const rows = Math.ceil(window.bottom);
  context.fillStyle = ink.muted;
  for (let row = Math.floor(window.top); row < rows && row < map.order.length; row++) {
    if (signs[map.order[row]] >= 0) continue;
    const y = Math.max(layout.map.y, yOf(layout, window, row));
    const end = Math.min(layout.map.y + layout.map.height, yOf(layout, window, row + 1));
    const thick = Math.min(2, end - y);
    context.fillRect(layout.flips.x, (y + end - thick) / 2, layout.flips.width, thick);
  }
}

/** Lines above and below the chosen unit's row, and a pointer at its right end. */
function paintSelection(context: Context, parts: MapParts, ink: Ink): void {
  const { layout, map, window, unit } = parts;
  const row = unit === null ? -1 : Array.prototype.indexOf.call(map.order, unit);
  const { x, y, width, height } = layout.map;
  const top = yOf(layout, window, row);
  const bottom = yOf(layout, window, row + 1);
  if (row < 0 || bottom < y || top > y + height) return;
  // Two tones, or the lines would vanish among colours like theirs.
  for (const [away, colour] of [
    [1.5, ink.surface],
    [0.5, ink.text],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    stroke(context, layout.strip.x, top - away, x + width - layout.strip.x, 0);
    stroke(context, layout.strip.x, bottom + away, x + width - layout.strip.x, 0);
  }
  const middle = (top + bottom) / 2;
  context.fillStyle = ink.accent;
  context.beginPath();
  context.moveTo(x + width + 1, middle);
  context.lineTo(x + width + 8, middle - 4.5);
  context.lineTo(x + width + 8, middle + 4.5);
  context.fill();
}
