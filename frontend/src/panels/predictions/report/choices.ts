/** What the person has chosen in the report; all of it in the address. */
import { flag, oneOf, optional, persisted, text } from '../../../url';

/** The metric of the strata; null: the first of the task. */
export const metric = persisted<string | null>('metric', null, optional(text));
export const shows = persisted<'both' | 'difference'>(
  'strata.show',
  'both',
  oneOf('both', 'difference'),
);
export const SORTS = ['value', 'size', 'column'] as const;
export type Sort = (typeof SORTS)[number];
export const sort = persisted<Sort>('strata.sort', 'value', oneOf(...SORTS));
/** Only strata of this column; null: of all. */
export const column = persisted<string | null>('strata.column', null, optional(text));
/** Whether pairs of columns are shown too. */
export const pairs = persisted('strata.pairs', false, flag);
