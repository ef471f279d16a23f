/** Units that do the same as another: who is whose clone, in words and beside the rows. */

export interface Clones {
  /** `[units]`: the first unit that each is a clone of; itself where it is none. */
  readonly of: ArrayLike<number>;
  /** The clones of each unit that has any. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
}

/** Null where no unit has a clone. */
export function clonesOf(of: ArrayLike<number>): Clones | null {
  const groups = new Map<number, number[]>();
  for (let unit = 0; unit < of.length; unit++) {
    if (of[unit] !== unit) groups.set(of[unit], [...(groups.get(of[unit]) ?? []), unit]);
  }
  return groups.size === 0 ? null : { of, groups };
}

/** "6 units are clones of 2 others". */
export function clonesTitle({ groups }: Clones): string {
  const clones = [...groups.values()].reduce((sum, { length }) => sum + length, 0);
  const others = groups.size === 1 ? 'another' : `${groups.size} others`;
  return clones === 1
    ? 'one unit is a clone of another'
    : `${clones} units are clones of ${others}`;
}

const MOST_NAMED = 4;

/** "of unit 3", "units 7, 9"; null for a unit that stands alone. */
export function cloneWords(clones: Clones, unit: number): string | null {
  if (clones.of[unit] !== unit) return `of unit ${clones.of[unit]}`;
  const own = clones.groups.get(unit);
  if (!own) return null;
  const more = own.length > MOST_NAMED ? ` and ${own.length - MOST_NAMED} more` : '';
  return `${own.length === 1 ? 'unit' : 'units'} ${own.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/** Rows `from` up to `to`, neighbours in the order shown, that are clones of one another. */
export interface CloneSpan {
  readonly from: number;
  readonly to: number;
}

/** Every row of every group is in one span; rows of a group that lie apart are spans of one row. */
export function cloneSpans({ of, groups }: Clones, order: ArrayLike<number>): CloneSpan[] {
  const spans: CloneSpan[] = [];
  let last = -1;
  for (let row = 0; row < order.length; row++) {
    const first = of[order[row]];
    const alone = first === undefined || !groups.has(first);
    const open = spans[spans.length - 1];
    if (!alone && first === last && open)
      spans[spans.length - 1] = { from: open.from, to: row + 1 };
    else if (!alone) spans.push({ from: row, to: row + 1 });
    last = alone ? -1 : first;
  }
  return spans;
}
