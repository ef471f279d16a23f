/** Where the parts of the pictures of layers lie, and what lies under a point; CSS pixels. */
import type { Rect } from './heatmap_layout';
import type { LayerGroup } from './layers';

export interface LayersLayout {
  readonly height: number;
  /** Names of layers and of their weights. */
  readonly names: Rect;
  /** Tells matrices from vectors. */
  readonly strip: Rect;
  readonly map: Rect;
  readonly axis: Rect;
}

const STRIP = 4;
const RIGHT = 12;
export const TOP = 22;
const AXIS = 26;
const MOST_HEIGHT = 460;
/** A row in which a name fits. */
const ROOMY = 17;

export function layersLayout(width: number, rows: number): LayersLayout {
  const gutter = Math.min(190, Math.max(96, Math.round(0.26 * width)));
  const height = layersHeight(rows);
  const x = gutter + STRIP + 4;
  const wide = Math.max(16, Math.floor(width) - x - RIGHT);
  return {
    height: TOP + height + AXIS,
    names: { x: 0, y: TOP, width: gutter - 6, height },
    strip: { x: gutter, y: TOP, width: STRIP, height },
    map: { x, y: TOP, width: wide, height },
    axis: { x, y: TOP + height, width: wide, height: AXIS },
  };
}

export function layersHeight(rows: number): number {
  return Math.min(MOST_HEIGHT, Math.max(2 * ROOMY, ROOMY * rows));
}

/** The upper edge of a row. */
export function rowTop({ y, height }: Rect, rows: number, row: number): number {
  return y + (height * row) / rows;
}

export interface LayersHit {
  /** Null above and below the rows. */
  readonly row: number | null;
  /** The place of the step; null left of the map. */
  readonly column: number | null;
}

export function layersHit(
  { names, map, height }: LayersLayout,
  rows: number,
  columns: number,
  x: number,
  y: number,
): LayersHit | null {
  if (x < names.x || x >= map.x + map.width || y < 0 || y >= height) return null;
  const row = Math.floor(((y - map.y) / map.height) * rows);
  const column = Math.floor(((x - map.x) / map.width) * columns);
  return {
    row: row >= 0 && row < rows ? row : null,
    column: column >= 0 && column < columns ? column : null,
  };
}

export interface NameLabel {
  readonly y: number;
  readonly text: string;
}

export interface NameLabels {
  readonly layers: readonly NameLabel[];
  /** Row and name within the layer; none where rows are thinner than letters. */
  readonly rows: readonly (NameLabel & { readonly row: number })[];
}

const LETTERS = 12;

/** Names where they fit: a layer's beside its first row, or beside the middle of thin ones. */
export function nameLabels(
  map: Rect,
  groups: readonly LayerGroup[],
  labels: readonly string[],
): NameLabels {
  const rows = labels.length;
  const centre = (from: number, to: number): number =>
    (rowTop(map, rows, from) + rowTop(map, rows, to)) / 2;
  const isRoomy = map.height / rows >= LETTERS - 1;
  let free = -Infinity;
  const layers = groups.flatMap(({ layer, from, to }) => {
    const y = isRoomy ? centre(from, from + 1) : centre(from, to);
    if (y - LETTERS / 2 < free) return [];
    free = y + LETTERS / 2;
    return [{ y, text: layer }];
  });
  if (!isRoomy) return { layers, rows: [] };
  return { layers, rows: labels.map((text, row) => ({ y: centre(row, row + 1), text, row })) };
}

export interface StepTick {
  /** Where the column of the step has its middle. */
  readonly x: number;
  readonly label: string;
}

/** Labels below the columns, thinned so that each has `room` pixels; the last always has one. */
export function stepTicks(
  { x, width }: Rect,
  steps: readonly number[],
  name: (step: number) => string,
  room = 52,
): readonly StepTick[] {
  const each = width / steps.length;
  const every = Math.max(1, Math.ceil(room / each));
  return steps.flatMap((step, i) =>
    (steps.length - 1 - i) % every === 0 ? [{ x: x + (i + 0.5) * each, label: name(step) }] : [],
  );
}
