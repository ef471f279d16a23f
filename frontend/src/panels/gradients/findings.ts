/** What stands out in the gradients and weights of one run, in words. */
import { grouped, valueLabel } from '../../chart/axis';
import { lineRows } from '../../chart/depth';
import type { LayerRow, LayerTable } from '../../chart/layers';
import { nearestIndex } from '../../chart/scale';

/** Gradients that fall or grow by more than this many decades over the depth are said to. */
const DECADES = 3;
/** A norm this many times its median has exploded. */
const OUTBREAK = 10;
/** This share of a training's steps is its beginning. */
const EARLY = 0.1;
/** Recorded steps without any change before a weight is said to be stuck. */
const STILL = 3;
/** Updates beyond these shares of the weights are said aloud. */
const [LEAST_UPDATE, MOST_UPDATE] = [1e-6, 0.1];

export interface Norm {
  readonly step: number;
  readonly norm: number;
}

export interface Evidence {
  /** Gradients of every row over the steps; null where they are not known. */
  readonly gradients: LayerTable | null;
  /** Updates relative to the weights. */
  readonly updates: LayerTable | null;
  readonly step: number;
  /** Norms of all gradients together, ascending by step. */
  readonly norms: readonly Norm[];
  /** Peaks that may have lain between the steps that are kept: what the record remembers of them. */
  readonly peaks: readonly Norm[];
  /** Names and the first training step at which each had a NaN or an infinity. */
  readonly broken: readonly { readonly name: string; readonly step: number }[];
}

/** The most serious findings first, at most two of them. */
export function findings(evidence: Evidence): string {
  const overDepth = depth(evidence);
  const nowhere = unreached(evidence);
  const found = [
    firstBroken(evidence),
    nowhere,
    overDepth,
    outbreak(evidence),
    // Weights without a gradient come to rest.
    nowhere === null ? still(evidence) : null,
    // Weights that hardly move follow from gradients that vanish.
    overDepth === null ? size(evidence) : null,
  ].filter((words) => words !== null);
  return found.length > 0 ? found.slice(0, 2).join('; ') : healthy(evidence);
}

function firstBroken({ broken }: Evidence): string | null {
  if (broken.length === 0) return null;
  const first = broken.reduce((a, b) => (b.step < a.step ? b : a));
  const others = broken.length - 1;
  const more = others > 0 ? `, later or then in ${others} more` : '';
  return `first NaN or infinity: ${first.name} at step ${grouped(first.step)}${more}`;
}

interface Depth {
  /** The layer with the greatest gradient, and the smallest between it and the input. */
  readonly from: LayerRow;
  readonly to: LayerRow;
  readonly decades: number;
}

/** How far the gradient falls from any layer towards the input, and how far it grows. */
export function depthOf(
  rows: readonly LayerRow[],
  valueOf: (row: number) => number,
): { readonly fall: Depth | null; readonly growth: Depth | null } {
  const known = lineRows(rows).filter((row) => valueOf(row) > 0 && valueOf(row) < Infinity);
  let [fall, growth]: (Depth | null)[] = [null, null];
  // From the output back: what was greatest and least so far, nearer to the output.
  let [greatest, least] = [known[known.length - 1], known[known.length - 1]];
  for (const row of known.reverse()) {
    const log = (other: number): number => Math.log10(valueOf(other) / valueOf(row));
    if (!fall || log(greatest) > fall.decades) {
      fall = { from: rows[greatest], to: rows[row], decades: log(greatest) };
    }
    if (!growth || -log(least) > growth.decades) {
      growth = { from: rows[least], to: rows[row], decades: -log(least) };
    }
    if (valueOf(row) > valueOf(greatest)) greatest = row;
    if (valueOf(row) < valueOf(least)) least = row;
  }
  return { fall, growth };
}

function depth(evidence: Evidence): string | null {
  const { gradients } = evidence;
  if (!gradients) return null;
  const column = columnOf(gradients, evidence);
  const { fall, growth } = depthOf(gradients.rows, (row) => at(gradients, row, column));
  if (fall && fall.decades > DECADES) {
    return `gradients fall ${fall.decades.toFixed(1)} decades from ${fall.from.layer} to ${fall.to.layer}`;
  }
  if (growth && growth.decades > DECADES) {
    return `gradients grow ${growth.decades.toFixed(1)} decades from ${growth.from.layer} back to ${growth.to.layer}`;
  }
  return null;
}

const MAX_NAMED = 3;

/** Layers whose matrices have had gradients of exactly zero for the last steps. */
function unreached(evidence: Evidence): string | null {
  const { gradients } = evidence;
  if (!gradients) return null;
  const column = columnOf(gradients, evidence);
  const since = new Map<string, number>();
  for (const row of lineRows(gradients.rows)) {
    const from = zeroSince(gradients, row, column);
    if (from !== null) since.set(gradients.rows[row].layer, gradients.steps[from]);
  }
  if (since.size === 0) return null;
  const layers = [...since.keys()];
  const named = layers.slice(0, MAX_NAMED).join(', ');
  const more = layers.length > MAX_NAMED ? ` and ${layers.length - MAX_NAMED} more layers` : '';
  const step = Math.max(...since.values());
  return `no gradient reaches ${named}${more} since step ${grouped(step)}`;
}

/** The worst outbreak up to the step that is looked at. */
function outbreak({ norms, peaks, step }: Evidence): string | null {
  const known = norms.filter(({ norm }) => norm > 0 && norm < Infinity);
  const median = known.map(({ norm }) => norm).sort((a, b) => a - b)[known.length >> 1];
  // The first steps of a training are large by nature.
  const early = known[Math.floor(EARLY * known.length)]?.step ?? Infinity;
  const candidates = [...known, ...peaks].filter((one) => one.step <= step && one.step >= early);
  const worst = candidates.reduce<Norm | null>((a, b) => (a && a.norm >= b.norm ? a : b), null);
  const times = worst ? worst.norm / median : NaN;
  if (!worst || !(times > OUTBREAK)) return null;
  const said = times < 1e6 ? grouped(Number(times.toPrecision(2))) : valueLabel(times, 2);
  return `gradient norm rose to ${said} times its median at step ${grouped(worst.step)}`;
}

/** Weights whose updates have been exactly zero for the last steps. */
function still(evidence: Evidence): string | null {
  const { updates } = evidence;
  if (!updates) return null;
  const column = columnOf(updates, evidence);
  const since = updates.rows.map((_, row) => zeroSince(updates, row, column));
  const stuck = since.flatMap((from, row) => (from === null ? [] : [{ row, from }]));
  if (stuck.length === 0) return null;
  const first = stuck.reduce((a, b) => (b.from < a.from ? b : a));
  const step = updates.steps[first.from];
  const moving = since.filter(
    (from, row) => from === null && !Number.isNaN(at(updates, row, column)),
  );
  if (stuck.length > 1 && moving.length === 0)
    return `no weight has moved since step ${grouped(step)}`;
  const { name } = updates.rows[first.row];
  const more = stuck.length > 1 ? ` and ${stuck.length - 1} more have` : ' has';
  return `${name}${more} not moved since step ${grouped(step)}`;
}

/** The place of the first of the steps at exactly zero up to `column`; null where it is not. */
function zeroSince(updates: LayerTable, row: number, column: number): number | null {
  let from = column;
  while (from >= 0 && at(updates, row, from) === 0) from--;
  return column - from >= STILL ? from + 1 : null;
}

function size(evidence: Evidence): string | null {
  const { updates } = evidence;
  if (!updates) return null;
  const column = columnOf(updates, evidence);
  const moving = updates.rows
    .map(({ name, kind }, row) => ({ name, kind, ratio: at(updates, row, column) }))
    .filter(({ kind, ratio }) => kind === 'matrix' && ratio > 0 && ratio < Infinity)
    .sort((a, b) => a.ratio - b.ratio);
  if (moving.length === 0) return null;
  const [least, most] = [moving[0], moving[moving.length - 1]];
  if (most.ratio > MOST_UPDATE) {
    return `${most.name} changes by ${valueLabel(100 * most.ratio, 2)} % in a step`;
  }
  if (least.ratio < LEAST_UPDATE) {
    return `${least.name} changes by ${valueLabel(least.ratio, 2)} of its size in a step`;
  }
  return null;
}

function healthy(evidence: Evidence): string {
  const { gradients, updates } = evidence;
  const said: string[] = [];
  if (gradients) {
    const column = columnOf(gradients, evidence);
    const { fall, growth } = depthOf(gradients.rows, (row) => at(gradients, row, column));
    const decades = Math.max(fall?.decades ?? 0, growth?.decades ?? 0);
    if (fall)
      said.push(`gradients lie within ${Math.max(0.1, decades).toFixed(1)} decades over the depth`);
  }
  const ratios = updates
    ? updates.rows
        .map((_, row) => at(updates, row, columnOf(updates, evidence)))
        .filter((ratio) => ratio > 0 && ratio < Infinity)
        .sort((a, b) => a - b)
    : [];
  if (ratios.length > 0) {
    said.push(
      `a step changes the weights by about ${valueLabel(ratios[ratios.length >> 1], 2)} of their size`,
    );
  }
  return said.join('; ');
}

/** The table's step nearest to the one that is looked at. */
function columnOf({ steps }: LayerTable, { step }: Evidence): number {
  return nearestIndex(steps, step);
}

function at({ values, steps }: LayerTable, row: number, column: number): number {
  return values[row * steps.length + column];
}
