/** The gates panel as a picture, a table of its units, and data. */
import type { Series } from '../../api';
import { composed } from '../../figures/compose';
import type { Exports } from '../../ui/panel';
import { gateSteps } from './data';
import type { GatesView } from './questions';

export function gateExports(
  views: readonly GatesView[],
  history: Series | null,
  canvases: readonly (HTMLCanvasElement | null)[],
  headline: string | null,
): Exports {
  const first = views[0]?.shown ?? null;
  const names = first?.gates.map(({ name }) => name) ?? [];
  return {
    png: () =>
      composed(
        `${views[0]?.record.name ?? ''}: ${headline ?? ''}`,
        names.map((name, i) =>
          i > 0 ? name : `${name} (${views[0].run.name}, step ${first?.step})`,
        ),
        canvases.slice(0, names.length),
      ),
    csv: () => ({
      columns: ['run', 'layer', 'step', 'gate', 'unit', 'left_saturated', 'right_saturated'],
      rows: views.flatMap(({ run, record, shown }) =>
        (shown?.gates ?? []).flatMap(({ name, left, right }) =>
          Array.from(left, (share, unit) => [
            run.name,
            record.name,
            shown!.step,
            name,
            unit,
            known(share),
            known(right[unit]),
          ]),
        ),
      ),
    }),
    json: () => ({
      headline,
      views: views.map(({ run, record, shown }) => ({
        run: run.name,
        layer: record.name,
        ...shown,
      })),
      steps: history && names.map((name, gate) => ({ gate: name, ...gateSteps(history, gate) })),
    }),
  };
}

function known(share: number): number | null {
  return Number.isNaN(share) ? null : share;
}
