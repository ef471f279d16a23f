/** A share among the losses above the same among the wins, as a pair of bars. */
import type { JSX } from 'preact';
import { percentLabel } from '../../../chart/axis';
import type { Interval } from '../../../chart/forest';

export interface Counted {
  readonly count: number;
  readonly rows: number;
}

export function ShareBars({
  losses,
  wins,
  difference,
  isPattern,
}: {
  readonly losses: Counted;
  readonly wins: Counted;
  /** Share among the losses - share among the wins. */
  readonly difference: Interval;
  readonly isPattern: boolean;
}): JSX.Element {
  return (
    <div class="report-shares">
      <Bar name="losses" of={losses} strong={isPattern} span={spanOf(wins, difference)} />
      <Bar name="wins" of={wins} strong={false} span={null} />
    </div>
  );
}

/** Where the share among the losses may lie, if that among the wins is what it is. */
function spanOf({ count, rows }: Counted, { low, high }: Interval): [number, number] | null {
  const share = count / rows;
  if (![share, low, high].every(Number.isFinite)) return null;
  return [Math.max(0, share + low), Math.min(1, share + high)];
}

function Bar({
  name,
  of: { count, rows },
  strong,
  span,
}: {
  readonly name: string;
  readonly of: Counted;
  readonly strong: boolean;
  readonly span: readonly [number, number] | null;
}): JSX.Element {
  const share = rows > 0 ? count / rows : NaN;
  return (
    <>
      <span class="muted">{name}</span>
      <span class="report-bar" data-of={name} data-strong={strong || undefined}>
        <span class="filled" style={{ width: `${100 * (share || 0)}%` }} />
        {span && (
          <span
            class="whisker"
            title="95 % interval of the difference, from the share among the wins"
            style={{ left: `${100 * span[0]}%`, width: `${100 * (span[1] - span[0])}%` }}
          />
        )}
      </span>
      <span class="report-share">{Number.isNaN(share) ? 'n/a' : percentLabel(share)}</span>
    </>
  );
}
