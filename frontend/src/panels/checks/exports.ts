/** The checklist as a table and as data; the opened check's pictures. */
import { colours } from '../../ui/theme';
import type { RunInfo } from '../../api';
import type { Exports } from '../../ui/panel';
import type { Told } from './questions';
import type { Row } from './rows';

const COLUMNS = ['run', 'check', 'name', 'verdict', 'step', 'made', 'item', 'sentence', 'next'];

export interface Exported {
  readonly run: RunInfo | null;
  readonly rows: readonly Row[];
  readonly told: ReadonlyMap<string, Told>;
  /** Of every run shown: verdicts alone. */
  readonly others: readonly { readonly run: RunInfo; readonly rows: readonly Row[] }[];
}

export function checkExports(
  exported: Exported,
  title: string,
  canvases: () => readonly HTMLCanvasElement[],
): Exports {
  return {
    png: () => tiled(title, canvases()),
    csv: () => ({ columns: COLUMNS, rows: [...lines(exported)] }),
    json: () => ({
      run: exported.run?.name ?? null,
      checks: exported.rows.map((row) => ({ ...described(row), ...wordsOf(row, exported.told) })),
      others: exported.others.map(({ run, rows }) => ({
        run: run.name,
        checks: rows.filter(({ record }) => record).map(described),
      })),
    }),
  };
}

type Field = string | number | null;

function* lines({ run, rows, told, others }: Exported): Iterable<readonly Field[]> {
  for (const row of rows) {
    const read = told.get(row.id)?.read ?? null;
    yield [...start(run, row), null, read?.sentence ?? null, read?.next ?? null];
    for (const item of read?.items ?? []) {
      const own = [...start(run, row)];
      own[3] = item.verdict;
      yield [...own, item.name, item.sentence, item.next];
    }
  }
  for (const other of others) {
    for (const row of other.rows) {
      if (row.record) yield [...start(other.run, row), null, null, null];
    }
  }
}

function start(run: RunInfo | null, row: Row): readonly Field[] {
  const { name, verdict, step, made } = described(row);
  return [run?.name ?? null, row.id, name, verdict, step, made];
}

function described({ id, title, verdict, record }: Row) {
  return {
    check: id,
    name: title,
    verdict: verdict === 'missing' ? 'not run' : verdict,
    step: record?.steps.at(-1) ?? null,
    made: isoOf(record?.wall_time ?? NaN),
  };
}

function isoOf(seconds: number): string | null {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** As it was written: what this page does not know is for others to read. */
function wordsOf({ id }: Row, told: Exported['told']): Readonly<Record<string, unknown>> {
  const one = told.get(id);
  return one?.answer.data?.header ?? {};
}

const TITLE = 34;
const ACROSS = 2;

/** The pictures under a title, two in a row, as they stand on the page; null where there is none. */
function tiled(title: string, canvases: readonly HTMLCanvasElement[]): HTMLCanvasElement | null {
  const shown = canvases.filter(({ width, height }) => width > 0 && height > 0);
  if (shown.length === 0) return null;
  const ratio = window.devicePixelRatio || 1;
  const across = Math.min(ACROSS, shown.length);
  const wide = Math.max(...shown.map(({ width }) => width));
  const rows: HTMLCanvasElement[][] = [];
  shown.forEach((one, i) => (i % across === 0 ? rows.push([one]) : rows.at(-1)!.push(one)));
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const picture = document.createElement('canvas');
  const head = Math.round(TITLE * ratio);
  picture.width = across * wide;
  picture.height = head + heights.reduce((sum, height) => sum + head + height, 0);
  const context = picture.getContext('2d');
  if (!context) return null;
  const { text, muted, font } = colours.peek();
  const write = (words: string, x: number, y: number, strong: boolean): void => {
    context.textBaseline = 'middle';
    context.fillStyle = strong ? text : muted;
    context.font = `${strong ? 500 : 400} ${(strong ? 15 : 12) * ratio}px ${font}`;
    context.fillText(words, x + 10 * ratio, y + head / 2);
  };
  write(title, 0, 0, true);
  let y = head;
  rows.forEach((row, i) => {
    row.forEach((one, j) => {
      write(one.getAttribute('aria-label') ?? '', j * wide, y, false);
      context.drawImage(one, j * wide, y + head);
    });
    y += head + heights[i];
  });
  return picture;
}
