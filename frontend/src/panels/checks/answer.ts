/** The header of a check's record, read with care: it may come from another version, or anybody. */
import type { Fields } from '../../wire';
import { verdictOf } from './verdict';
import type { Verdict } from './verdict';

export interface CheckNumber {
  readonly name: string;
  /** NaN: not known. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
}

export interface Item {
  readonly name: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly next: string;
  /** A place in the pictures; null: none shows it. */
  readonly picture: number | null;
}

export const PICTURE_KINDS = ['lines', 'bars', 'intervals', 'heat'] as const;

export interface PictureHeader {
  /** Null for a kind that this page can't draw. */
  readonly kind: (typeof PICTURE_KINDS)[number] | null;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly references: readonly { readonly name: string; readonly value: number }[];
  readonly lines: readonly {
    readonly name: string;
    readonly plane: string;
    readonly labels: readonly string[] | null;
  }[];
  readonly grid: string | null;
  readonly extent: readonly [number, number, number, number] | null;
}

export interface Answer {
  readonly check: string;
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly next: string;
  readonly numbers: readonly CheckNumber[];
  readonly items: readonly Item[];
  readonly pictures: readonly PictureHeader[];
  readonly settings: readonly (readonly [string, string])[];
}

export function decode(header: Fields): Answer {
  const pictures = fieldsIn(header['pictures']).map(pictureOf);
  return {
    check: text(header['check']),
    verdict: verdictOf(header['verdict']),
    sentence: text(header['sentence']),
    next: text(header['next']),
    numbers: fieldsIn(header['numbers']).map(numberOf),
    items: fieldsIn(header['items']).map((item) => itemOf(item, pictures.length)),
    pictures,
    settings: list(header['settings']).flatMap((pair) =>
      Array.isArray(pair) ? [[text(pair[0]), text(pair[1])] as const] : [],
    ),
  };
}

function numberOf(of: Fields): CheckNumber {
  return {
    name: text(of['name']),
    value: number(of['value']),
    low: number(of['low']),
    high: number(of['high']),
    unit: text(of['unit']),
  };
}

function itemOf(of: Fields, pictures: number): Item {
  const picture = of['picture'];
  const exists = Number.isInteger(picture) && Number(picture) >= 0 && Number(picture) < pictures;
  return {
    name: text(of['name']),
    verdict: verdictOf(of['verdict']),
    sentence: text(of['sentence']),
    next: text(of['next']),
    picture: exists ? Number(picture) : null,
  };
}

function pictureOf(of: Fields): PictureHeader {
  const extent = list(of['extent']).map(number);
  return {
    kind: PICTURE_KINDS.find((kind) => kind === of['kind']) ?? null,
    title: text(of['title']),
    xLabel: text(of['x_label']),
    yLabel: text(of['y_label']),
    logX: of['log_x'] === true,
    logY: of['log_y'] === true,
    references: fieldsIn(of['references'])
      .map((one) => ({ name: text(one['name']), value: number(one['value']) }))
      .filter(({ value }) => Number.isFinite(value)),
    lines: fieldsIn(of['lines']).map((line) => ({
      name: text(line['name']),
      plane: text(line['plane']),
      labels: Array.isArray(line['labels']) ? line['labels'].map(text) : null,
    })),
    grid: typeof of['grid'] === 'string' ? of['grid'] : null,
    extent:
      extent.length === 4 && extent.every(Number.isFinite)
        ? (extent as unknown as PictureHeader['extent'])
        : null,
  };
}

/** JSON has neither NaN, which is null there, nor infinities, which are words. */
function number(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'inf') return Infinity;
  return value === '-inf' ? -Infinity : NaN;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsIn(value: unknown): readonly Fields[] {
  return list(value).filter(
    (one): one is Fields => typeof one === 'object' && one !== null && !Array.isArray(one),
  );
}
