/** The panel as a table of all findings, and as data. */
import type { Exports } from '../../ui/panel';
import type { RunAnswer } from './questions';
import { rowsOf } from './table_rows';

const COLUMNS = [
  'run',
  'severity',
  'rule',
  'layer',
  'first_step',
  'share',
  'message',
  'caused_by',
  'because',
];

export function diagnosisExports(answers: readonly RunAnswer[]): Exports {
  return {
    csv: () => ({
      columns: COLUMNS,
      rows: rowsOf(answers.flatMap(({ diagnosis }) => diagnosis ?? [])).map(({ run, finding }) => [
        run,
        finding.severity,
        finding.rule,
        finding.layer,
        finding.firstStep,
        finding.share,
        finding.message,
        finding.causedBy,
        finding.because,
      ]),
    }),
    // As the server said it: what this page does not know is for others to read.
    json: () => answers.flatMap(({ answer }) => answer.data ?? []),
  };
}
