/** What only this panel lets a person choose, kept in the address like the rest. */
import { flag, oneOf, persisted } from '../../url';

/** The least severity in the table of all findings. */
export const leastSeverity = persisted(
  'diagnosis.least',
  'INFO',
  oneOf('INFO', 'WARNING', 'ERROR'),
);

/** Whether the table of all findings is unfolded. */
export const tableOpen = persisted('diagnosis.table', false, flag);
