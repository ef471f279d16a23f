/** What the predictions panel saves. */
import type { Exports } from '../../ui/panel';
import type { View } from '../predictions';

export function predictionExports(views: readonly View[]): Exports {
  const [first] = views;
  const table = first?.table ?? null;
  const columns = table?.columns ?? [];
  return {
    csv: () => ({
      columns: ['row', 'label', 'prediction', ...columns.map(({ name }) => name)],
      rows: Array.from({ length: table?.rows ?? 0 }, (_, i) => [
        i,
        table!.label[i],
        table!.model.prediction[i],
        ...columns.map(({ values, names }) => (names ? (names[values[i]] ?? null) : values[i])),
      ]),
    }),
    json: () => table?.analysis ?? null,
  };
}
