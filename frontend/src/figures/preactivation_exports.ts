/** The pre-activations panel as a picture, a table of its bins, and data. */
import type { RecordInfo, RunInfo, Series } from '../api';
import { binRange } from '../chart/ridge_bins';
import type { StepHistogram } from '../chart/ridge_model';
import type { Exports } from '../ui/panel';
import { composed } from './compose';
import { layerRidges, negativeShares, type PreactivationFrame } from './preactivation_data';

interface Shown {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly shown: PreactivationFrame | null;
  readonly series: Series | null;
}

export function preactivationExports(
  views: readonly Shown[],
  canvases: readonly (HTMLCanvasElement | null)[],
  headline: string | null,
): Exports {
  return {
    png: () =>
      composed(
        `${views[0]?.record.name ?? ''}: ${headline ?? ''}`,
        views.map(({ run, shown }) => `${run.name}, step ${shown?.step ?? ''}`),
        canvases.slice(0, views.length),
      ),
    csv: () => ({
      columns: ['run', 'layer', 'step', 'low', 'high', 'count'],
      rows: views.flatMap((view) =>
        layerRidges(view.series, view.shown).flatMap((ridge) =>
          bins(ridge).map(({ low, high, count }) => [
            view.run.name,
            view.record.name,
            ridge.step,
            low,
            high,
            count,
          ]),
        ),
      ),
    }),
    json: () =>
      views.map((view) => ({
        run: view.run.name,
        layer: view.record.name,
        steps: layerRidges(view.series, view.shown).map((ridge) => ({
          step: ridge.step,
          below_zero: ridge.negative,
          bins: bins(ridge),
        })),
        units_below_zero: view.shown && negativeShares(view.shown),
      })),
  };
}

function bins({ histogram }: StepHistogram): { low: number; high: number; count: number }[] {
  const { counts, first } = histogram;
  return Array.from(counts)
    .map((count, i) => {
      const [low, high] = binRange(histogram.bins, first + i);
      return { low, high, count };
    })
    .filter(({ count }) => count > 0);
}
