/** What the scatters show, from the tables and what the person has chosen. */
import { useRef, useState } from 'preact/hooks';
import type { Theme } from '../../chart/colour';
import {
  isWholeWindow,
  userLines,
  type ScatterAxis,
  type ScatterWindow,
  type UserLines,
} from '../../chart/scatter';
import { restColour } from '../../chart/scatter_colour';
import type { Points } from '../../chart/scatter_raster';
import { theme } from '../../state';
import type { View } from '../predictions';
import { acrossAxis, acrossChoices, defaultSpread, modelAxis, united, type Spread } from './axes';
import { across, brush, category, colourBy, condition, joined, spread, view } from './choices';
import { colourChoices, colouring, type Colouring } from './colouring';
import { groupCodes } from './row_metrics';
import { conditionRows, selectedRows } from './selected_rows';
import type { Table } from './table';

/** One table as it is drawn. */
export interface Drawn {
  readonly view: View;
  readonly table: Table;
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly colours: Colouring;
  readonly points: Points;
  readonly mask: Uint8Array | null;
  readonly lines: UserLines | null;
}

export interface Scatters {
  readonly drawn: readonly Drawn[];
  readonly whole: ScatterWindow;
  readonly window: ScatterWindow;
  readonly brush: ScatterWindow | null;
  readonly diagonal: boolean;
  readonly across: string;
  readonly spread: Spread;
  /** Why the condition can't be read, or null. */
  readonly problem: string | null;
  readonly onWindow: (window: ScatterWindow) => void;
  readonly onBrush: (brush: ScatterWindow | null, settled: boolean) => void;
}

/** A gesture acts at every frame; the address follows when it rests this long, in ms. */
const REST = 250;

/** At least one of the views has a table, the first. */
export function useScatters(views: readonly View[]): Scatters {
  const tables = views.flatMap((one) => (one.table ? [{ view: one, table: one.table }] : []));
  const [{ table: first }] = tables;
  const along = chosenOf(acrossChoices(first), across.value);
  const spreading = spread.value ?? kept(first, 'spread', () => defaultSpread(first));
  const axes = tables.map(({ table }) => axesOf(table, along, spreading));
  const diagonal = along === 'baseline' || (along === 'label' && first.task === 'regression');
  const [xs, ys] = [axes.map(({ x }) => x), axes.map(({ y }) => y)];
  const all = diagonal ? united([...xs, ...ys]) : null;
  const ends = [...(all ?? united(xs)), ...(all ?? united(ys))];
  const whole = lastOf(first, 'whole', ends, () => {
    const [left, right, bottom, top] = ends;
    return { left, right, bottom, top };
  });
  const [window, onWindow] = useWindow(whole);
  const [brushed, onBrush] = useBrush();
  const colouredBy = chosenOf(colourChoices(first), colourBy.value);
  const read = kept(first, `condition ${condition.value}`, () =>
    conditionRows(first, condition.value),
  );
  const drawn: Drawn[] = [];
  tables.forEach(({ view: of, table }, i) => {
    const { x, y } = axes[i];
    const colours = coloured(table, colouredBy, theme.value);
    const same = i > 0 && table.rows === first.rows;
    const mask = same ? drawn[0].mask : maskOf(table, x, y, colours, brushed);
    drawn.push({
      ...{ view: of, table, x, y, colours, mask },
      points: pointsOf(x, y, colours, mask, theme.value),
      lines: joined.value ? linesOf(table, x, y, mask) : null,
    });
  });
  return {
    ...{ drawn, whole, window, diagonal, onWindow, onBrush },
    brush: brushed,
    across: along,
    spread: spreading,
    problem: read.error,
  };
}

export function chosenOf(choices: readonly { key: string }[], wanted: string | null): string {
  return choices.find(({ key }) => key === wanted)?.key ?? choices[0].key;
}

// What follows from a table and a choice is made once, and given up when another choice is made.
const memory = new WeakMap<object, Map<string, unknown>>();
const MOST_KEPT = 24;

function kept<T>(of: object, key: string, make: () => T): T {
  const known = memory.get(of) ?? new Map<string, unknown>();
  memory.set(of, known);
  if (!known.has(key)) {
    const [oldest] = known.keys();
    if (known.size >= MOST_KEPT) known.delete(oldest);
    known.set(key, make());
  }
  return known.get(key) as T;
}

function axesOf(
  table: Table,
  along: string,
  spreading: Spread,
): { x: ScatterAxis; y: ScatterAxis } {
  return {
    x: kept(table, `x ${along} ${spreading}`, () => acrossAxis(table, along, spreading)),
    y: kept(table, `y ${spreading}`, () => modelAxis(table, spreading)),
  };
}

function coloured(table: Table, key: string, of: Theme): Colouring {
  return kept(table, `colour ${key} ${of}`, () => colouring(table, key, of));
}

function maskOf(
  table: Table,
  x: ScatterAxis,
  y: ScatterAxis,
  { codes }: Colouring,
  rectangle: ScatterWindow | null,
): Uint8Array | null {
  const text = condition.value;
  const { mask } = kept(table, `condition ${text}`, () => conditionRows(table, text));
  return lastOf(table, 'mask', [x, y, codes, rectangle, category.value, mask], () =>
    selectedRows(x, y, { brush: rectangle, category: category.value, codes, condition: mask }),
  );
}

function pointsOf(
  x: ScatterAxis,
  y: ScatterAxis,
  colours: Colouring,
  mask: Uint8Array | null,
  of: Theme,
): Points {
  const { codes, rgb, entries } = colours;
  return lastOf(x, 'points', [y, colours, mask, of], () => ({
    ...{ x: x.at, y: y.at, codes, rgb, mask },
    categories: entries && entries.length,
    grey: restColour(of),
  }));
}

function linesOf(
  table: Table,
  x: ScatterAxis,
  y: ScatterAxis,
  mask: Uint8Array | null,
): UserLines | null {
  const groups = kept(table, 'groups', () => groupCodes(table));
  if (!groups) return null;
  return lastOf(table, 'lines', [x, y, mask], () =>
    userLines(groups.codes, groups.count, { x: x.at, y: y.at, mask }),
  );
}

/** Made anew only when what it is made from has changed. */
function lastOf<T>(of: object, key: string, from: readonly unknown[], make: () => T): T {
  const known = memory.get(of) ?? new Map<string, unknown>();
  memory.set(of, known);
  const last = known.get(key) as { from: readonly unknown[]; made: T } | undefined;
  if (last && last.from.every((one, i) => Object.is(one, from[i]))) return last.made;
  const made = make();
  known.set(key, { from, made });
  return made;
}

function useWindow(whole: ScatterWindow): [ScatterWindow, (to: ScatterWindow) => void] {
  const [moving, setMoving] = useState<ScatterWindow | null>(null);
  const timer = useRef(0);
  const onWindow = (next: ScatterWindow): void => {
    setMoving(next);
    clearTimeout(timer.current);
    timer.current = globalThis.setTimeout(() => {
      view.value = isWholeWindow(next, whole) ? null : next;
      setMoving(null);
    }, REST) as unknown as number;
  };
  return [moving ?? view.value ?? whole, onWindow];
}

function useBrush(): [ScatterWindow | null, (to: ScatterWindow | null, settled: boolean) => void] {
  const [moving, setMoving] = useState<ScatterWindow | null>(null);
  const onBrush = (next: ScatterWindow | null, settled: boolean): void => {
    setMoving(settled ? null : next);
    if (settled) brush.value = next;
  };
  return [moving ?? brush.value, onBrush];
}

/** Takes away everything that selects rows. */
export function selectNone(): void {
  brush.value = null;
  category.value = null;
  condition.value = null;
}
