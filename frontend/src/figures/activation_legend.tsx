/** The legend of the heatmaps shown together. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Palette } from '../chart/colour_palette';
import type { ColourScale } from '../chart/colour_scale';
import { presentLooks } from '../chart/heatmap';
import { HEALTHS } from '../chart/heatmap_health';
import type { Clones } from '../chart/unit_clones';
import type { ActivationFrame } from './activation_frame';
import { Legend } from './legend';
import { tablesOf } from './use_heatmap';

export function ActivationLegend({
  frames,
  scale,
  palette,
  flips,
  clones,
}: {
  readonly frames: readonly (ActivationFrame | null)[];
  readonly scale: ColourScale;
  readonly palette: Palette;
  readonly flips: boolean;
  readonly clones: Clones | null;
}): JSX.Element {
  const [first, second] = frames;
  const present = useMemo(() => {
    const pictures = [first, second].flatMap((frame) => (frame?.picture ? [frame.picture] : []));
    return new Set(
      pictures.flatMap((picture) => [...presentLooks(picture, tablesOf(picture, scale))]),
    );
  }, [first, second, scale]);
  const found = new Set(frames.flatMap((frame) => frame?.health ?? []));
  return (
    <Legend
      palette={palette}
      scale={scale}
      present={present}
      healths={HEALTHS.filter((health) => found.has(health))}
      flips={flips}
      quantity="activation"
    >
      {clones && <CloneEntry />}
    </Legend>
  );
}

/** What the brackets left of the rows mean. */
export function CloneEntry(): JSX.Element {
  return (
    <li title="|r| above 0.99 over the picture">
      <svg width="6" height="12" fill="none" stroke="currentColor" aria-hidden="true">
        <path d="M5 .5H1.5v11H5" />
      </svg>
      clones of one another
    </li>
  );
}
