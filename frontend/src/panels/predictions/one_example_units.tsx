/** The units of a layer for one row, as the activations panel draws them, stretched over its input. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Frame } from '../../api';
import { paletteOf } from '../../chart/colour_palette';
import { colourScale, type ColourScale } from '../../chart/colour_scale';
import { presentLooks, type Heatmap } from '../../chart/heatmap';
import { HEALTHS, type UnitHealth } from '../../chart/heatmap_health';
import type { ActivationFrame } from '../../figures/activation_frame';
import { gateScale } from '../../figures/activation_views';
import { HeatmapFigure } from '../../figures/heatmap_figure';
import { HealthSwatch, Legend } from '../../figures/legend';
import { tablesOf, useHeatmap } from '../../figures/use_heatmap';
import { recordName, shownOrder, theme, unit as sharedUnit, unitOrder } from '../../state';
import { figureFrame, pictureOf, type Layer, type Series } from './one_example_data';
import type { Shared } from './one_example_plot';

/** A layer's picture of one row, ready to be drawn. */
export interface ShownUnits {
  readonly frame: ActivationFrame;
  readonly map: Heatmap;
  readonly scale: ColourScale;
  /** Whether the units stand as in the activations panel. */
  readonly ordered: boolean;
}

export function usePicture(
  frame: Frame | null,
  layer: Layer | null,
  place: number,
  series: Series | null,
): ShownUnits | null {
  const steps = series?.steps ?? 0;
  // The answer to the layer before stays until that to this one has come.
  const asked = frame && layer && frame.planes.has(layer.values) ? layer : null;
  const pictures = useMemo(() => {
    const count = asked && frame ? (frame.planes.get(asked.values)?.shape[0] ?? 0) : 0;
    return Array.from({ length: count }, (_, i) => pictureOf(frame!, asked!, i, steps)).flatMap(
      (one) => one ?? [],
    );
  }, [frame, asked, steps]);
  // One scale for all examples, so that colours stay as one goes through them.
  const scale = useMemo(
    () => (asked && gateScale(asked.name, pictures)) ?? colourScale(pictures),
    [pictures],
  );
  const picture = pictures[place] ?? null;
  const order = useOrder(asked);
  const map = useHeatmap(picture, order, scale);
  const shown = useMemo(
    () => (frame && series && picture ? figureFrame(frame, series, picture) : null),
    [frame, series, picture],
  );
  return shown && map && { frame: shown, map, scale, ordered: order !== null };
}

/** That of the activations panel, where it shows the same layer. */
function useOrder(layer: Layer | null): Uint32Array | null {
  const order = shownOrder.value;
  const same = layer !== null && layer.name === recordName.activations.value;
  return useMemo(
    () => (same && order?.length === layer.units ? Uint32Array.from(order) : null),
    [same, order, layer?.units],
  );
}

interface Props extends Omit<Shared, 'tip'> {
  readonly shown: ShownUnits;
  readonly layer: Layer;
  readonly unit: number | null;
  readonly setUnit: (unit: number | null) => void;
  readonly tip: (step: number, unit: number | null) => JSX.Element | null;
}

export function UnitsPlot(props: Props): JSX.Element {
  const { shown, layer, tip } = props;
  const { frame, map, scale } = shown;
  const shared = layer.name === recordName.activations.value;
  const unit = shared ? sharedUnit.value : props.unit;
  return (
    <HeatmapFigure
      {...{ ...props, frame, map, palette: paletteOf(scale.kind, theme.value) }}
      figure={0}
      signs={null}
      clones={null}
      unit={unit !== null && unit < frame.units ? unit : null}
      onUnit={shared ? (to) => (sharedUnit.value = to) : props.setUnit}
      onIdleWheel={() => undefined}
      label={`Units of ${layer.name} in this example, below its input series`}
      tip={({ step, row }) => tip(step, row === null ? null : map.order[row])}
    />
  );
}

const HEALTH_WORDS: Readonly<Record<UnitHealth, string>> = {
  nonfinite: 'NaN or infinity in this example',
  dead: 'zero throughout this example',
  constant: 'constant in this example',
  active: 'active in this example',
};

/** What its colours mean, and its order. */
export function UnitsLegend({ shown }: { readonly shown: ShownUnits }): JSX.Element {
  const { frame, map, scale, ordered } = shown;
  const palette = paletteOf(scale.kind, theme.value);
  const present = useMemo(
    () => presentLooks(map.picture, tablesOf(map.picture, scale)),
    [map, scale],
  );
  const found = new Set(frame.health);
  return (
    <Legend {...{ palette, scale, present }} healths={[]} flips={false} quantity="activation">
      {HEALTHS.filter((health) => found.has(health)).map((health) => (
        <li key={health}>
          <HealthSwatch {...{ health, palette }} />
          {HEALTH_WORDS[health]}
        </li>
      ))}
      {ordered && unitOrder.value !== 'index' && (
        <li>units by {unitOrder.value}, as in Activations</li>
      )}
    </Legend>
  );
}
