/** Draws a page of maps, the chosen one enlarged; every decision is made before. */
import { integerTicks } from './axis';
import { paintBottomAxis, paintLeftLabels, paintUpward } from './axis_paint';
import type { Palette } from './colour_palette';
import type { ColourTables } from './colour_scale';
import type { UnitHealth } from './heatmap_health';
import type { Rect } from './heatmap_layout';
import { paintStrip, type Surface } from './heatmap_paint';
import type { Picture } from './heatmap_picture';
import { fitted, hatch, label, type Context, type Ink } from './ink';
import { fillMap } from './maps';
import { MARK, tileAt, type MapHit, type MapsLayout, type Space } from './maps_layout';

export interface MapsParts {
  readonly layout: MapsLayout;
  readonly picture: Picture;
  readonly space: Space;
  readonly tables: ColourTables;
  readonly palette: Palette;
  readonly health: readonly UnitHealth[];
  readonly names: readonly string[] | null;
  /** The units of the page, in the order shown. */
  readonly units: ArrayLike<number>;
  readonly unit: number | null;
  /** Whether there are masked cells, behind which hatching shows. */
  readonly masked: boolean;
}

export interface MapSurfaces {
  readonly grid: Surface;
  readonly detail: Surface;
  readonly marks: Surface;
}

export function paintMaps(
  context: Context,
  parts: MapsParts,
  surfaces: MapSurfaces,
  ink: Ink,
): void {
  const { layout, units, unit } = parts;
  paintGrid(context, parts, surfaces.grid, ink);
  for (let place = 0; place < units.length; place++) {
    const tile = tileAt(layout, place);
    paintMark(context, parts, units[place], tile, surfaces.marks);
    paintName(context, parts, units[place], tile, ink);
    if (units[place] === unit) frame(context, tile, 2.5, ink.accent, 2);
  }
  if (layout.detail && unit !== null) {
    paintDetail(context, parts, unit, layout.detail, surfaces.detail, ink);
  }
}

/** All maps of the page in one bitmap. */
function paintGrid(context: Context, parts: MapsParts, surface: Surface, ink: Ink): void {
  const { layout, units } = parts;
  const { pitch, columns } = layout;
  const ratio = context.getTransform().a || 1;
  const rows = Math.ceil(units.length / columns);
  const whole = { width: columns * pitch.x, height: tileAt(layout, 0).y + rows * pitch.y };
  const [width, height] = [Math.round(whole.width * ratio), Math.round(whole.height * ratio)];
  const out = surface.pixels(width, height);
  out.fill(0);
  for (let place = 0; place < units.length; place++) {
    const tile = tileAt(layout, place);
    if (parts.masked) hatch(context, tile, ink.line);
    const target = { out, stride: width, ...scaled(tile, ratio) };
    fillMap(target, parts.picture, units[place], parts.space, parts.tables, parts.palette.pixels);
  }
  surface.draw(context, { x: 0, y: 0, width: width / ratio, height: height / ratio });
}

function scaled({ x, y, width, height }: Rect, ratio: number): Rect {
  const [left, top] = [Math.round(x * ratio), Math.round(y * ratio)];
  return { x: left, y: top, width: Math.round(width * ratio), height: Math.round(height * ratio) };
}

/** The health of the unit, left of its map as it is left of its row in the heatmap. */
function paintMark(
  context: Context,
  { health, palette }: MapsParts,
  unit: number,
  { x, y, height }: Rect,
  surface: Surface,
): void {
  const strip = { x: x - MARK - 1, y, width: MARK, height };
  const window = { from: 0, to: 1, top: 0, bottom: 1 };
  const ratio = context.getTransform().a || 1;
  paintStrip(
    context,
    { layout: { strip }, order: [unit], window, health, palette },
    surface,
    ratio,
  );
}

function paintName(
  context: Context,
  { names, unit, layout }: MapsParts,
  of: number,
  { x, y, height }: Rect,
  ink: Ink,
): void {
  label(context, ink, 11, of === unit ? 500 : 400);
  context.textAlign = 'left';
  context.textBaseline = 'top';
  context.fillStyle = of === unit ? ink.text : ink.muted;
  const text = fitted(context, names?.[of] ?? String(of), layout.pitch.x - MARK - 4);
  context.fillText(text, x, y + height + 3);
}

function paintDetail(
  context: Context,
  parts: MapsParts,
  unit: number,
  rect: Rect,
  surface: Surface,
  ink: Ink,
): void {
  const { space, names } = parts;
  const ratio = context.getTransform().a || 1;
  const { width, height } = scaled(rect, ratio);
  const target = { out: surface.pixels(width, height), stride: width, x: 0, y: 0, width, height };
  if (parts.masked) hatch(context, rect, ink.line);
  fillMap(target, parts.picture, unit, space, parts.tables, parts.palette.pixels);
  surface.draw(context, rect);
  frame(context, rect, 0.5, ink.line, 1);
  label(context, ink, 12, 500);
  context.textAlign = 'left';
  context.textBaseline = 'top';
  context.fillStyle = ink.text;
  context.fillText(fitted(context, names?.[unit] ?? `unit ${unit}`, rect.width), rect.x, 1);
  const xOf = (column: number): number => rect.x + ((column + 0.5) / space[1]) * rect.width;
  const below = { ...rect, y: rect.y + rect.height, height: 0 };
  const across = integerTicks(0, space[1] - 1, rect.width / 40);
  paintBottomAxis(context, below, across, xOf, ink);
  const down = integerTicks(0, space[0] - 1, rect.height / 26).map(({ value, label }) => ({
    label,
    y: rect.y + ((value + 0.5) / space[0]) * rect.height,
  }));
  paintLeftLabels(context, down, rect.x - 6, 24, ink);
  paintUpward(context, 'row', rect.x - 29, rect, ink);
  label(context, ink);
  context.textAlign = 'right';
  context.textBaseline = 'top';
  context.fillStyle = ink.muted;
  context.fillText('column', rect.x + rect.width, below.y + 21);
}

/** A line around a rectangle, `away` from it. */
function frame(
  context: Context,
  { x, y, width, height }: Rect,
  away: number,
  colour: string,
  thick: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.strokeRect(x - away, y - away, width + 2 * away, height + 2 * away);
}

/** What follows the pointer: the map under it, and the same cell in it and in the enlarged one. */
export function paintMapHover(
  context: Context,
  layout: MapsLayout,
  space: Space,
  { place, cell }: MapHit,
  ink: Ink,
): void {
  const tile = place === null ? null : tileAt(layout, place);
  if (tile) frame(context, tile, 1.5, ink.text, 1);
  if (!cell) return;
  const rects = [tile, layout.detail].filter((rect) => rect !== null);
  for (const { x, y, width, height } of rects) {
    const [wide, high] = [width / space[1], height / space[0]];
    const box = { x: x + cell.column * wide, y: y + cell.row * high, width: wide, height: high };
    frame(context, box, 1, ink.surface, 1);
    frame(context, box, 0, ink.text, 1);
  }
}
