/** What the person has chosen in the predictions panel; all of it in the address. */
import type { ScatterWindow } from '../../chart/scatter';
import { flag, integer, oneOf, optional, persisted, text, type Codec } from '../../url';

/** The row that was clicked: its example is shown; null: none. */
export const row = persisted<number | null>('row', null, optional(integer));
/** A condition on columns, as typed or as a stratum's text: its rows are marked; null: none. */
export const condition = persisted<string | null>('condition', null, optional(text));

// The scatter.

/** What lies along its x axis: "baseline", "label", "time", "row", "column:NAME"; null: the first of these. */
export const across = persisted<string | null>('predictions.x', null, optional(text));
/** How probabilities are spread out; null: as their values suggest. */
export const spread = persisted<'probability' | 'logit' | 'rank' | null>(
  'predictions.scale',
  null,
  optional(oneOf('probability', 'logit', 'rank')),
);
/** What its colours tell: "label", "gain", "none", "column:NAME"; null: the label. */
export const colourBy = persisted<string | null>('predictions.colour', null, optional(text));
/** Whether the rows of each user are joined. */
export const joined = persisted('predictions.lines', false, flag);
/** What a drag does; with the shift key it always selects. */
export const dragging = persisted('predictions.drag', 'select', oneOf('select', 'move'));

const rectangle: Codec<ScatterWindow> = {
  parse: (value) => {
    const [left, right, bottom, top] = value.split(':').map(Number);
    return left < right && bottom < top ? { left, right, bottom, top } : null;
  },
  format: ({ left, right, bottom, top }) =>
    [left, right, bottom, top].map((at) => Number(at.toPrecision(6))).join(':'),
};

/** The window that is looked at, in what the axes count; null: all. */
export const view = persisted<ScatterWindow | null>(
  'predictions.window',
  null,
  optional(rectangle),
);
/** The rectangle whose rows are selected; null: none. */
export const brush = persisted<ScatterWindow | null>(
  'predictions.brush',
  null,
  optional(rectangle),
);
/** The category of the legend whose rows are selected, by its place; null: none. */
export const category = persisted<number | null>('predictions.category', null, optional(integer));
/** Whether a user may fill a list of errors alone. */
export const severalPerUser = persisted('predictions.several', false, flag);
