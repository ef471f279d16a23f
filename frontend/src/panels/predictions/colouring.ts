/** The colour of each row, and what the legend says about it. */
import { valueLabel } from '../../chart/axis';
import type { Rgb, Theme } from '../../chart/colour';
import {
  categoryColour,
  missingColour,
  MISSING_CODE,
  MOST_CATEGORIES,
  otherColour,
  RAMP_CODES,
  rampColours,
  tableOf,
} from '../../chart/scatter_colour';
import { classNames, type Choice } from './axes';
import { lossesOf } from './losses';
import { MISSING, type Table } from './table';

export interface Entry {
  readonly name: string;
  readonly colour: Rgb;
  readonly rows: number;
}

export interface Ramp {
  readonly colours: readonly Rgb[];
  /** What stands below the ends and the middle. */
  readonly labels: readonly [string, string, string];
  readonly missing: number;
}

export interface Colouring {
  readonly name: string;
  readonly codes: Uint8Array;
  /** `[256, 3]`. */
  readonly rgb: Uint8Array;
  /** By code, where the colours stand for categories. */
  readonly entries: readonly Entry[] | null;
  readonly ramp: Ramp | null;
}

/** What the colours can tell, the best first. */
export function colourChoices(table: Table): readonly Choice[] {
  const choices: Choice[] = [];
  const labelled = table.label.some((label) => !Number.isNaN(label));
  if (labelled) choices.push({ key: 'label', name: 'label' });
  if (labelled) choices.push({ key: 'gain', name: table.baseline ? 'win or loss' : 'loss' });
  for (const { name } of table.columns) choices.push({ key: `column:${name}`, name });
  choices.push({ key: 'none', name: 'nothing' });
  return choices;
}

/** `key` is one of `colourChoices`. */
export function colouring(table: Table, key: string, theme: Theme): Colouring {
  const column = table.columns.find(({ name }) => key === `column:${name}`);
  if (column) {
    const { name, values, names } = column;
    return names
      ? byCategory(name, values, names, theme)
      : byNumber(name, values as Float32Array, theme);
  }
  if (key === 'gain') return byGain(table, theme);
  if (key === 'label' && table.task === 'regression') return byNumber('label', table.label, theme);
  if (key === 'label') return byCategory('label', labelCodes(table), classNames(table), theme);
  return byCategory('', new Uint32Array(table.rows), ['rows'], theme);
}

function labelCodes({ label }: Table): Uint32Array {
  const codes = new Uint32Array(label.length);
  for (let i = 0; i < codes.length; i++) codes[i] = label[i] >= 0 ? label[i] : MISSING;
  return codes;
}

/** The most frequent categories have a colour each; the rest share one, and so do missing ones. */
function byCategory(
  name: string,
  values: Uint32Array | Float32Array,
  names: readonly string[],
  theme: Theme,
): Colouring {
  const counts = new Uint32Array(names.length + 1);
  for (let i = 0; i < values.length; i++) counts[Math.min(values[i], names.length)]++;
  // Of two classes one that is absent tells something; of many it is noise.
  const there = names
    .map((_, code) => code)
    .filter((code) => names.length <= 2 || counts[code] > 0);
  const many = there.length > MOST_CATEGORIES;
  const own = many
    ? there.sort((a, b) => counts[b] - counts[a]).slice(0, MOST_CATEGORIES - 1)
    : there;
  const entries: Entry[] = own.map((code, place) => ({
    name: names[code],
    colour: categoryColour(theme, place),
    rows: counts[code],
  }));
  const codeOf = new Uint8Array(names.length + 1).fill(entries.length);
  own.forEach((code, place) => (codeOf[code] = place));
  if (many) {
    const rows =
      values.length - own.reduce((sum, code) => sum + counts[code], counts[names.length]);
    entries.push({ name: `${there.length - own.length} others`, colour: otherColour(theme), rows });
  }
  if (counts[names.length] > 0) {
    codeOf[names.length] = entries.length;
    entries.push({ name: 'missing', colour: missingColour(theme), rows: counts[names.length] });
  }
  const codes = new Uint8Array(values.length);
  for (let i = 0; i < codes.length; i++) codes[i] = codeOf[Math.min(values[i], names.length)];
  const rgb = tableOf(entries.map(({ colour }) => colour));
  return { name, codes, rgb, entries, ramp: null };
}

function byNumber(name: string, values: Float32Array, theme: Theme): Colouring {
  const [low, high] = robustEnds(values);
  const middle = (low + high) / 2;
  const labels = [low, middle, high].map((value) => valueLabel(value, 3));
  return ramped(name, values, low, high, rampColours('number', theme), labels);
}

function byGain(table: Table, theme: Theme): Colouring {
  const { gain, model, baseline } = lossesOf(table);
  if (!baseline) return byNumber('loss', model, theme);
  const [low, high] = robustEnds(gain);
  const limit = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const most = valueLabel(limit, 2);
  const labels = [`loses ${most}`, 'even', `wins ${most}`];
  return ramped(
    'win: loss of baseline − model',
    gain,
    -limit,
    limit,
    rampColours('gain', theme),
    labels,
  );
}

/** Values beyond these shares have the ramp's last colours: one outlier must not grey all others. */
const TAIL = 0.01;
const SAMPLED = 20_000;

/** The ends between which all but two in a hundred lie, from an even sample of them. */
function robustEnds(values: Float32Array): readonly [number, number] {
  const every = Math.max(1, Math.floor(values.length / SAMPLED));
  const some = values.filter((value, i) => i % every === 0 && Number.isFinite(value)).sort();
  if (some.length === 0) return [0, 1];
  const at = (share: number): number => some[Math.round(share * (some.length - 1))];
  const [low, high] = [at(TAIL), at(1 - TAIL)];
  return low < high ? [low, high] : [some[0], some[some.length - 1]];
}

function ramped(
  name: string,
  values: Float32Array,
  low: number,
  high: number,
  colours: readonly Rgb[],
  labels: readonly string[],
): Colouring {
  const codes = new Uint8Array(values.length);
  const scale = high > low ? (RAMP_CODES - 1) / (high - low) : 0;
  let missing = 0;
  for (let i = 0; i < codes.length; i++) {
    const place = Math.round((values[i] - low) * scale);
    if (Number.isNaN(place)) missing++;
    codes[i] = Number.isNaN(place) ? MISSING_CODE : Math.min(RAMP_CODES - 1, Math.max(0, place));
  }
  const [first, middle, last] = labels;
  const ramp = {
    colours: colours.slice(0, RAMP_CODES),
    labels: [first, middle, last],
    missing,
  } as const;
  return { name, codes, rgb: tableOf(colours), entries: null, ramp };
}
