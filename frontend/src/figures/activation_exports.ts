/** The activations panel as a picture, a table of its units, and data. */
import type { Clones } from '../chart/unit_clones';
import type { Exports } from '../ui/panel';
import type { ActivationFrame } from './activation_frame';
import type { Target } from './activation_views';
import { composed } from './compose';

/** What one figure of a run shows, for a file. */
export interface Shown {
  readonly run: string;
  readonly layer: string;
  readonly frame: ActivationFrame;
  /** Null where they are not known. */
  readonly clones: Clones | null;
}

export interface ExportParts {
  readonly targets: readonly Target[];
  readonly frames: readonly (ActivationFrame | null)[];
  readonly canvases: readonly (HTMLCanvasElement | null)[];
  /** One a canvas. */
  readonly captions: readonly string[];
  readonly headline: string | null;
  readonly clones: Clones | null;
}

export function activationExports(parts: ExportParts): Exports {
  const { targets, frames, canvases, captions, headline, clones } = parts;
  const shown: readonly Shown[] = targets.flatMap(({ run, record }, i) => {
    const frame = frames[i];
    return frame
      ? [{ run: run.name, layer: record.name, frame, clones: i === 0 ? clones : null }]
      : [];
  });
  // Only who saves a file needs the code that writes it.
  const tables = () => import('./activation_tables');
  return {
    png: () =>
      composed(
        `${targets[0]?.record.name ?? ''}: ${headline ?? ''}`,
        captions,
        canvases.slice(0, captions.length),
      ),
    csv: async () => (await tables()).unitTable(shown),
    json: async () => (await tables()).unitData(shown),
  };
}
