/** A share among the losses above the same among the wins, as a pair of bars. */
import type { JSX } from 'preact';
import { percentLabel } from '../../../chart/axis';

export interface Counted {
  readonly count: number;
  readonly rows: number;
}

export function ShareBars({
  losses,
  wins,
  isPattern,
}: {
  readonly losses: Counted;
  readonly wins: Counted;
  readonly isPattern: boolean;
}): JSX.Element {
  return (
    <div class="report-shares">
      <Bar name="losses" of={losses} strong={isPattern} />
      <Bar name="wins" of={wins} strong={false} />
    </div>
  );
}

function Bar({
  name,
  of: { count, rows },
  strong,
}: {
  readonly name: string;
  readonly of: Counted;
  readonly strong: boolean;
}): JSX.Element {
  const share = rows > 0 ? count / rows : NaN;
  return (
    <>
      <span class="muted">{name}</span>
      <span class="report-bar" data-of={name} data-strong={strong || undefined}>
        <span style={{ width: `${100 * (share || 0)}%` }} />
      </span>
      <span class="report-share">{Number.isNaN(share) ? 'n/a' : percentLabel(share)}</span>
    </>
  );
}
