/** A check's pictures out of its planes, as the charts take them. */
import type { Frame } from '../../api';
import { lineLook } from '../../chart/check_colours';
import type { HeatInput } from '../../chart/check_heat';
import { drawable, type PlotInput, type PlotLine } from '../../chart/check_plot';
import type { Theme } from '../../chart/colour';
import type { Forest, ForestReference, ForestRow } from '../../chart/forest';
import type { Plane } from '../../wire';
import type { PictureHeader } from './answer';
import { rungOf } from './reach';
import { numberWords, rangeWords } from './words';

export type Drawing =
  | { readonly kind: 'plot'; readonly input: PlotInput }
  | { readonly kind: 'heat'; readonly input: HeatInput }
  /** `row`: the one that is marked, or null. */
  | { readonly kind: 'forest'; readonly forest: Forest; readonly row: number | null }
  /** Nothing can be drawn: why. */
  | { readonly kind: 'none'; readonly reason: string };

export interface Picture {
  readonly title: string;
  readonly drawing: Drawing;
  /** What of it is missing, in words. */
  readonly damage: readonly string[];
}

/** `reach`: the distance whose rung is marked in a ladder, or null. */
export function pictureOf(
  header: PictureHeader,
  planes: Frame['planes'],
  theme: Theme,
  reach: number | null = null,
): Picture {
  const { title, kind } = header;
  if (kind === null) return nothing(title, 'This page does not know this kind of picture.');
  if (kind === 'heat') return heatOf(header, planes);
  const found = header.lines.map((line, i) => linesIn(planes.get(line.plane), line, i, theme));
  const lines = found.flatMap(({ line }) => line ?? []);
  const damage = found.flatMap(({ damage: one }) => one ?? []);
  if (lines.length === 0) {
    const reason = damage.length > 0 ? 'It can’t be read.' : 'Nothing was recorded.';
    return nothing(title, reason, damage);
  }
  if (kind === 'intervals') {
    return { title, damage, drawing: marked(forestOf(header, lines), reach) };
  }
  const { xLabel, yLabel, references, logX, logY } = header;
  const input = { kind, xLabel, yLabel, references, logX, logY, lines };
  if (drawable(input)) return { title, damage, drawing: { kind: 'plot', input } };
  return nothing(title, 'Nothing in it can be drawn: no value is finite.', damage);
}

function nothing(title: string, reason: string, damage: readonly string[] = []): Picture {
  return { title, damage, drawing: { kind: 'none', reason } };
}

interface Line extends PlotLine {
  readonly labels: readonly string[] | null;
}

function linesIn(
  plane: Plane | undefined,
  { name, labels }: PictureHeader['lines'][number],
  place: number,
  theme: Theme,
): { readonly line: Line | null; readonly damage: string | null } {
  if (!plane) return { line: null, damage: `${name}: was not stored` };
  if (plane.damaged !== null) return { line: null, damage: `${name}: ${plane.damaged}` };
  const [x, y] = [rowOf(plane, 'x'), rowOf(plane, 'y')];
  if (!x || !y) return { line: null, damage: `${name}: has no x or no y` };
  const [low, high] = [rowOf(plane, 'low'), rowOf(plane, 'high')];
  const both = low !== null && high !== null;
  return {
    line: {
      name,
      labels,
      ...lineLook(place, theme),
      x,
      y,
      low: both ? low : null,
      high: both ? high : null,
    },
    damage: null,
  };
}

function rowOf({ rows, shape, data }: Plane, name: string): Float64Array | null {
  const row = rows?.indexOf(name) ?? -1;
  if (row < 0 || shape.length !== 2) return null;
  return Float64Array.from(data.subarray(row * shape[1], (row + 1) * shape[1]));
}

function heatOf({ title, grid, extent, xLabel, yLabel }: PictureHeader, planes: Frame['planes']) {
  const plane = grid === null ? undefined : planes.get(grid);
  if (!plane) return nothing(title, 'The grid was not stored.');
  if (plane.damaged !== null) return nothing(title, 'Its grid can’t be read.', [plane.damaged]);
  const [rows, columns] = plane.shape;
  if (plane.shape.length !== 2 || rows * columns === 0) return nothing(title, 'The grid is empty.');
  const all = [0, columns, 0, rows] as const;
  const input = { xLabel, yLabel, rows, columns, values: plane.data, extent: extent ?? all };
  return { title, damage: [], drawing: { kind: 'heat', input } } satisfies Picture;
}

/** One row a label; lines of the same labels stand in the same rows. */
function forestOf(header: PictureHeader, lines: readonly Line[]): Forest {
  const rows = new Map<string, ForestRow>();
  lines.forEach((line, look) => {
    line.x.forEach((value, i) => {
      const label = line.labels?.[i] ?? line.name;
      const low = line.low?.[i] ?? NaN;
      const high = line.high?.[i] ?? NaN;
      const key = `${line.y[i]} ${label}`;
      const before = rows.get(key);
      rows.set(key, {
        label,
        marks: [...(before?.marks ?? []), { value, low, high, look }],
        // Of several marks in a row the numbers are read by the pointer.
        text:
          lines.length > 1 ? '' : `${numberWords({ value, unit: '' })} ${rangeWords(low, high)}`,
        note: '',
        muted: false,
      });
    });
  });
  return {
    rows: [...rows.values()],
    looks: lines.map(({ name, colour }) => ({ name, colour, hollow: false })),
    references: header.references.map(({ name, value }): ForestReference => ({
      value,
      label: name,
    })),
    axis: header.xLabel,
  };
}

function marked(forest: Forest, reach: number | null): Drawing {
  const labels = forest.rows.map(({ label }) => label);
  const row = reach === null ? null : rungOf(reach, labels);
  if (row === null) return { kind: 'forest', forest, row };
  const rows = forest.rows.map((one, i) => (i === row ? { ...one, note: '← the reach' } : one));
  return { kind: 'forest', forest: { ...forest, rows }, row };
}
