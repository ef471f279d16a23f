/** What the scatter's axes count: predictions, labels, time, columns; one place for each row. */
import { grouped, linearTicks, valueLabel, type Tick } from '../../chart/axis';
import { clockLabel } from '../../chart/axis_clock';
import type { ScatterAxis } from '../../chart/scatter';
import { ranks } from '../../chart/scatter_order';
import { shortened } from '../../ui/name';
import { MISSING, type Column, type Scores, type Table } from './table';

export type Spread = 'probability' | 'logit' | 'rank';

export interface Choice {
  /** Stands in the address. */
  readonly key: string;
  readonly name: string;
}

/** What can lie along the x axis, the best first. */
export function acrossChoices(table: Table): readonly Choice[] {
  const choices: Choice[] = [];
  if (table.baseline) choices.push({ key: 'baseline', name: 'baseline' });
  if (table.label.some((label) => !Number.isNaN(label))) {
    choices.push({ key: 'label', name: 'label' });
  }
  if (table.time) choices.push({ key: 'time', name: 'time' });
  choices.push({ key: 'row', name: 'row' });
  for (const { name } of table.columns) choices.push({ key: `column:${name}`, name });
  return choices;
}

/** Both classes far from even odds crowd in the corners of a square of probabilities. */
const EXTREME = 0.1;
const MOST_EXTREME = 0.5;

/** Logits where more than half of the model's probabilities are below 0.1 or above 0.9. */
export function defaultSpread(table: Table): Spread {
  if (table.task === 'regression') return 'probability';
  const values = shownOf(table, table.model);
  let [extreme, known] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    known++;
    if (value < EXTREME || value > 1 - EXTREME) extreme++;
  }
  return extreme > MOST_EXTREME * known ? 'logit' : 'probability';
}

/** Of several classes that of the row's own label tells how good a prediction is. */
function shownOf(table: Table, scores: Scores): Float32Array {
  return (table.task === 'multiclass' && scores.probability) || scores.prediction;
}

export function modelAxis(table: Table, spread: Spread): ScatterAxis {
  return scoreAxis(table, table.model, 'model', spread);
}

/** `key` is one of `acrossChoices`. */
export function acrossAxis(table: Table, key: string, spread: Spread): ScatterAxis {
  if (key === 'baseline' && table.baseline) {
    return scoreAxis(table, table.baseline, 'baseline', spread);
  }
  if (key === 'label') return labelAxis(table);
  if (key === 'time' && table.time) return timeAxis(table.time);
  const column = table.columns.find(({ name }) => key === `column:${name}`);
  if (column) return columnAxis(column);
  const rows = Float32Array.from(table.label, (_, i) => i);
  return numberAxis('row', rows);
}

function scoreAxis(table: Table, scores: Scores, whose: string, spread: Spread): ScatterAxis {
  const values = shownOf(table, scores);
  if (table.task === 'regression') return numberAxis(`${whose}: prediction`, values);
  const classed = table.task === 'multiclass' && !scores.probability;
  if (classed) return numberAxis(`${whose}: predicted class`, values);
  const of =
    table.task === 'multiclass'
      ? 'probability of the label'
      : `probability of ${shortened(table.classes?.[1] ?? '1', 40)}`;
  switch (spread) {
    case 'probability':
      return { name: `${whose}: ${of}`, at: values, whole: padded(0, 1), ticks: linearTicks };
    case 'logit': {
      const at = new Float32Array(values.length);
      for (let i = 0; i < at.length; i++) at[i] = logit(values[i]);
      const ticks = logitTicks;
      return { name: `${whose}: ${of}, as logits`, at, whole: ends(at), ticks };
    }
    case 'rank': {
      const at = ranks(values);
      const name = `${whose}: share of rows with a lower ${of}`;
      return { name, at, whole: padded(0, 1), ticks: linearTicks };
    }
    default:
      return spread satisfies never;
  }
}

/** Probabilities this near to 0 and 1 count as this: the losses are cut there too. */
export const LEAST_PROBABILITY = 1e-7;

export function logit(probability: number): number {
  const cut = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability));
  return Math.log(cut / (1 - cut));
}

const DECADES = [1, 2, 3, 4, 5, 6, 7];
const ODDS = [0.5, ...DECADES.flatMap((k) => [10 ** -k, 1 - 10 ** -k])].sort((a, b) => a - b);
/** Between the round ones, where there is room. */
const FINER = [0.02, 0.05, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.95, 0.98];

/** At round probabilities; where none of them is in view, at round logits. */
export function logitTicks(from: number, to: number, most: number): readonly Tick[] {
  const told = (list: readonly number[]): Tick[] =>
    list
      .map((probability) => ({ value: logit(probability), label: oddsLabel(probability) }))
      .filter(({ value }) => value >= from && value <= to);
  const fine = told([...ODDS, ...FINER].sort((a, b) => a - b));
  const coarse = told(ODDS);
  const chosen = fine.length <= most ? fine : coarse;
  if (chosen.length < 2) {
    return linearTicks(from, to, Math.min(most, 5)).map(({ value }) => ({
      value,
      label: valueLabel(1 / (1 + Math.exp(-value)), 5),
    }));
  }
  const every = Math.max(1, Math.ceil(chosen.length / Math.max(1, most)));
  const middle = chosen.findIndex(({ value }) => value === 0);
  return chosen.filter((_, i) => (i - Math.max(0, middle)) % every === 0);
}

function oddsLabel(probability: number): string {
  return probability > 0.5 && probability < 1
    ? String(Number(probability.toFixed(7)))
    : valueLabel(probability);
}

function labelAxis(table: Table): ScatterAxis {
  if (table.task === 'regression') return numberAxis('label', table.label);
  const names = classNames(table);
  return strips('label', table.label, names);
}

export function classNames({ classes, label }: Table): readonly string[] {
  if (classes) return classes;
  let most = 1;
  for (let i = 0; i < label.length; i++) if (label[i] > most) most = label[i];
  return Array.from({ length: most + 1 }, (_, i) => String(i));
}

function columnAxis({ name, values, names }: Column): ScatterAxis {
  const title = shortened(name, 60);
  if (!names) return numberAxis(title, values as Float32Array);
  return strips(title, values, names);
}

/** Rows of one category side by side, in a strip as wide as this; 1: strips touch. */
const STRIP = 0.7;

/** A place in the strip of each row's category, spread evenly but not at random. */
function strips(name: string, codes: ArrayLike<number>, names: readonly string[]): ScatterAxis {
  const at = new Float32Array(codes.length);
  for (let i = 0; i < at.length; i++) {
    // The golden ratio's multiples fill the strip evenly whatever the rows' order.
    const aside = ((i * 0.6180339887498949) % 1) - 0.5;
    at[i] = codes[i] < names.length ? codes[i] + STRIP * aside : NaN;
  }
  const ticks = (from: number, to: number, most: number): Tick[] => {
    const every = Math.max(1, Math.ceil((to - from) / most));
    return names
      .map((one, value) => ({ value, label: shortened(one, 16) }))
      .filter(({ value }) => value >= from && value <= to && value % every === 0);
  };
  return { name, at, whole: [-0.6, names.length - 0.4], ticks };
}

function timeAxis(time: Float64Array): ScatterAxis {
  // Seconds since the epoch are more than float32 tells apart.
  const start = time.reduce((least, one) => (one < least ? one : least), Infinity);
  const first = Number.isFinite(start) ? start : 0;
  const at = new Float32Array(time.length);
  for (let i = 0; i < at.length; i++) at[i] = time[i] - first;
  const tell = timeTeller(time);
  const ticks = (from: number, to: number, most: number): Tick[] =>
    linearTicks(from, to, most).map(({ value }) => ({ value, label: tell(first + value) }));
  return { name: 'time', at, whole: ends(at), ticks };
}

const DAY = 86_400;

/** Tells times of a table: dates from 2001 on, days and hours of long spans, or just numbers. */
export function timeTeller(time: Float64Array): (seconds: number) => string {
  const known = tellers.get(time);
  if (known) return known;
  const days = time.some((seconds) => seconds >= DAY);
  const tell = (seconds: number): string => timeLabel(seconds, days);
  tellers.set(time, tell);
  return tell;
}

const tellers = new WeakMap<Float64Array, (seconds: number) => string>();

/** `days`: whether it counts seconds from some day 0, and not just anything. */
export function timeLabel(seconds: number, days = seconds >= DAY): string {
  if (!Number.isFinite(seconds)) return 'none';
  if (seconds >= 1e9) return new Date(1000 * seconds).toISOString().slice(0, 16).replace('T', ' ');
  return days ? clockLabel(seconds) : grouped(seconds, Number.isInteger(seconds) ? 0 : 2);
}

function numberAxis(name: string, at: Float32Array): ScatterAxis {
  return { name, at, whole: ends(at), ticks: linearTicks };
}

/** The ends of the finite values, with room around; around 0 where there is none. */
function ends(values: Float32Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return low <= high ? padded(low, high) : [-1, 1];
}

function padded(low: number, high: number): readonly [number, number] {
  const room = 0.03 * (high - low) || Math.max(1e-6, Math.abs(low) / 10) || 1;
  return [low - room, high + room];
}

/** The ends that hold all of them. */
export function united(axes: readonly ScatterAxis[]): readonly [number, number] {
  return [
    Math.min(...axes.map(({ whole }) => whole[0])),
    Math.max(...axes.map(({ whole }) => whole[1])),
  ];
}

/** A row's category, or its number; "none" where it is missing. */
export function columnText({ values, names }: Column, row: number): string {
  const value = values[row];
  if (names) return value === MISSING ? 'none' : (names[value] ?? 'none');
  return Number.isNaN(value) ? 'none' : valueLabel(value);
}
