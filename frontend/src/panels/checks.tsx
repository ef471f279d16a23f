/** What was verified, what was not, and the next thing to do. */
import type { JSX } from 'preact';
import { useReport } from '../figures/use_report';
import { shownRuns } from '../state';
import type { PanelProps } from '../ui/panel';
import { useStatus } from '../ui/status';

export function ChecksPanel({ panel }: PanelProps): JSX.Element | null {
  useStatus(panel, [], null);
  useReport(
    panel,
    null,
    [],
    () => ({ csv: () => ({ columns: [], rows: [] }), json: () => null }),
    false,
  );
  const records = shownRuns.value.flatMap((run) =>
    run.records.filter(({ kind }) => kind === 'check'),
  );
  return (
    <ul class="checks">
      {records.map(({ name, last }) => (
        <li key={name}>
          {name}: {last?.['verdict']}
        </li>
      ))}
    </ul>
  );
}
