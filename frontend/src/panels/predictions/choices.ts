/** What the person has chosen in the predictions panel; all of it in the address. */
import { integer, optional, persisted, text } from '../../url';

/** The row that was clicked: its example is shown; null: none. */
export const row = persisted<number | null>('row', null, optional(integer));
/** A condition on columns, as typed or as a stratum's text: its rows are marked; null: none. */
export const condition = persisted<string | null>('condition', null, optional(text));
