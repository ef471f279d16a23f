/** Where the maps of a layer's units lie, a page of them at a time; CSS pixels. */
import type { Rect } from './heatmap_layout';

/** Rows and columns of a map. */
export type Space = readonly [height: number, width: number];

export interface MapsLayout {
  readonly height: number;
  /** The picture of one unit. */
  readonly tile: { readonly width: number; readonly height: number };
  /** From one picture to the next. */
  readonly pitch: { readonly x: number; readonly y: number };
  readonly columns: number;
  /** Units on a page. */
  readonly perPage: number;
  /** The chosen unit, enlarged; null where none is. */
  readonly detail: Rect | null;
}

/** Left of each picture, its health. */
export const MARK = 5;
/** Below each picture, its name. */
export const NAME = 15;
const [GAP, SIDE] = [9, 28];
/** Room for the frame of a chosen map in the first row. */
const TOP = 4;
/** The grid is never taller than this, unless a single row is. */
const MOST_HEIGHT = 470;
/** Sizes of the longer side that are tried; the greatest at which all units fit is taken. */
const SIZES = [168, 140, 112, 96, 84, 72] as const;
/** Room for the names of rows and columns beside the enlarged map. */
const [TICKS_LEFT, TICKS_BELOW, TITLE] = [34, 34, 22];
const [LEAST_DETAIL, MOST_DETAIL] = [140, 400];

export function mapsLayout(
  width: number,
  units: number,
  space: Space,
  detail: boolean,
): MapsLayout {
  const side = detail ? detailSide(width) : 0;
  const wide = Math.max(80, width - (detail ? side + TICKS_LEFT + SIDE : 0));
  const tried = SIZES.map((size) => gridOf(wide, units, tileOf(size, space)));
  const grid =
    tried.find(({ rows, most, pitch }) => rows <= most && pitch.x <= wide) ??
    tried[tried.length - 1];
  const rows = Math.min(grid.rows, grid.most);
  const { tile, pitch, columns } = grid;
  const large = tileOf(side, space);
  const rect = { x: wide + SIDE + TICKS_LEFT, y: TITLE, ...large };
  const height = Math.max(TOP + rows * pitch.y, detail ? TITLE + large.height + TICKS_BELOW : 0);
  const perPage = rows * columns;
  return { height, tile, pitch, columns, perPage, detail: detail ? rect : null };
}

function detailSide(width: number): number {
  return Math.min(MOST_DETAIL, Math.max(LEAST_DETAIL, Math.round(width * 0.34)));
}

/** A map as large as `size` allows, its cells a whole number of pixels where there is room. */
function tileOf(size: number, [height, width]: Space): { width: number; height: number } {
  const long = Math.max(height, width, 1);
  const zoom = long <= size ? Math.floor(size / long) : size / long;
  const scaled = (cells: number): number => Math.max(4, Math.round(cells * zoom));
  return { width: scaled(width), height: scaled(height) };
}

function gridOf(width: number, units: number, tile: { width: number; height: number }) {
  // A narrow map still has a name below it.
  const pitch = { x: Math.max(tile.width, 26) + MARK + GAP, y: tile.height + NAME + GAP };
  const columns = Math.max(1, Math.min(units, Math.floor((width + GAP) / pitch.x)));
  const most = Math.max(1, Math.floor(MOST_HEIGHT / pitch.y));
  return { tile, pitch, columns, rows: Math.ceil(units / columns), most };
}

/** The picture at a place of the page, without its mark and name. */
export function tileAt({ tile, pitch, columns }: MapsLayout, place: number): Rect {
  const [column, row] = [place % columns, Math.floor(place / columns)];
  return { x: column * pitch.x + MARK + 1, y: TOP + row * pitch.y, ...tile };
}

/** What lies under a point: a place on the page, or the enlarged map, and the cell in it. */
export interface MapHit {
  /** Null on the enlarged map. */
  readonly place: number | null;
  /** Null beside the picture: on its mark or its name. */
  readonly cell: { readonly row: number; readonly column: number } | null;
}

export function mapHit(layout: MapsLayout, space: Space, x: number, y: number): MapHit | null {
  const { detail, pitch, columns, perPage } = layout;
  if (detail && x >= detail.x) {
    const cell = cellIn(detail, space, x, y);
    return cell && { place: null, cell };
  }
  const [column, row] = [Math.floor(x / pitch.x), Math.floor((y - TOP) / pitch.y)];
  const place = row * columns + column;
  if (x < 0 || row < 0 || column >= columns || place >= perPage) return null;
  return { place, cell: cellIn(tileAt(layout, place), space, x, y) };
}

function cellIn(rect: Rect, [height, width]: Space, x: number, y: number): MapHit['cell'] {
  const [across, down] = [(x - rect.x) / rect.width, (y - rect.y) / rect.height];
  if (across < 0 || across >= 1 || down < 0 || down >= 1) return null;
  return { row: Math.floor(down * height), column: Math.floor(across * width) };
}
