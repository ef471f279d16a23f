/** A row that the recorder looked into: input, units of a layer, input gradient; one time axis. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { frame } from '../../api';
import type { Frame, Request } from '../../api';
import { grouped } from '../../chart/axis';
import { clamped, isWhole, whole, type Window } from '../../chart/heatmap_window';
import figuresCss from '../../figures/figures.css?inline';
import type { Hover } from '../../figures/heatmap_figure';
import { clock } from '../../figures/view_state';
import { channel, recordNames } from '../../state';
import { useLoaded } from '../../ui/loaded';
import { runColour } from '../../ui/run_colour';
import { adopt } from '../../ui/style';
import type { View } from '../predictions';
import type { Recorded } from './one_example';
import { chooseLayer, shownLayer } from './one_example_choices';
import {
  alongTime,
  good,
  gradientProfile,
  layersOf,
  recordedSeries,
  type Layer,
} from './one_example_data';
import { GradientPlot } from './one_example_gradient';
import { SeriesPlot } from './one_example_series';
import { ExampleTip } from './one_example_tip';
import { ChannelChoice, ClockChoice, LayerChoice } from './one_example_tools';
import { UnitsLegend, UnitsPlot, usePicture } from './one_example_units';

interface Props {
  readonly view: View;
  readonly recorded: Recorded;
  readonly place: number;
  readonly row: number;
}

const OF_ALL = ['input', 'gradient', 'timestamps', 'output_steps'];

export function ExamplePictures({ view, recorded, place }: Props): JSX.Element {
  useLayoutEffect(() => adopt(figuresCss), []);
  const layers = useMemo(() => alongTime(layersOf(recorded.frame)), [recorded]);
  const layer = shownLayer(layers);
  const inputs = useLoaded(planes(view, recorded, OF_ALL));
  const units = useLoaded(layer && planes(view, recorded, [layer.scale, layer.values]));
  const series = useMemo(
    () => inputs.data && recordedSeries(inputs.data, place),
    [inputs.data, place],
  );
  const channels = inputs.data ? gradientChannels(inputs.data) : [];
  const which = channel.value <= channels.length ? channel.value : 0;
  const colour = runColour(view.run.name);
  const profile = useMemo(
    () =>
      inputs.data &&
      gradientProfile(inputs.data, place, { run: view.run.name, colour, channel: which }),
    [inputs.data, place, colour, which],
  );
  const shown = usePicture(units.data, layer, place, series);
  const [kept, onWindow] = useState<Window | null>(null);
  const [unit, setUnit] = useState<number | null>(null);
  const hover = useSignal<Hover | null>(null);
  const reasons = [inputs, units].flatMap(({ reason, data }) => [
    ...(reason === null ? [] : [reason]),
    ...[...(data?.planes.values() ?? [])].flatMap(({ damaged }) => damaged ?? []),
  ]);
  if (!series) return <Waiting reason={inputs.data ? reasons.join('; ') : inputs.reason} />;
  const bounds = { steps: series.steps, rows: shown?.map.picture.units ?? 1 };
  const window = fitted(kept, bounds);
  const shared = { bounds, window, onWindow, hover, clock: clock.value === 'time' };
  const tip = (step: number, of: number | null): JSX.Element | null => (
    <ExampleTip {...{ series, profile, step }} picture={shown?.map.picture ?? null} unit={of} />
  );
  return (
    <>
      <div class="tools">
        {layer && (
          <LayerChoice
            {...{ layers, layer }}
            onChoose={(to) => chooseLayer(to, recordNames('activations'))}
          />
        )}
        <ChannelChoice names={channels} />
        <ClockChoice series={series} />
        {!isWhole(window, bounds) && (
          <button class="button" onClick={() => onWindow(null)}>
            Show all
          </button>
        )}
      </div>
      <div data-loading={units.stale || inputs.stale || undefined}>
        {shown && layer ? (
          <UnitsPlot {...{ ...shared, shown, layer, unit, setUnit, tip }} />
        ) : (
          <SeriesPlot {...{ ...shared, series }} figure={0} tip={({ step }) => tip(step, null)} />
        )}
        {profile && (
          <GradientPlot
            {...{ ...shared, profile, series }}
            figure={1}
            tip={({ step }) => tip(step, null)}
          />
        )}
      </div>
      {shown && <UnitsLegend shown={shown} />}
      <p class="muted small">
        {words(recorded, view.step, layer, profile !== null, reasons).join('; ')}.
      </p>
    </>
  );
}

function planes(
  { run, record }: View,
  { step }: Recorded,
  names: readonly string[],
): Request<Frame> {
  return frame({ run: run.name, name: record.name, kind: 'examples', step, planes: names });
}

/** Rows of another layer are others: only the timesteps stay. */
function fitted(kept: Window | null, bounds: { steps: number; rows: number }): Window {
  const all = whole(bounds);
  if (!kept) return all;
  return clamped(
    kept.bottom > bounds.rows ? { ...all, from: kept.from, to: kept.to } : kept,
    bounds,
  );
}

/** Names of the channels differentiated by; ids are looked up before. */
function gradientChannels({ header, planes }: Frame): readonly string[] {
  const count = good(planes.get('gradient'))?.shape[1] ?? 0;
  const names = (header['channels'] ?? []) as readonly string[];
  return Array.from({ length: count }, (_, c) =>
    names.length === count ? names[c] : `channel ${c}`,
  );
}

function words(
  { step, frame: of }: Recorded,
  wanted: number,
  layer: Layer | null,
  hasGradient: boolean,
  reasons: readonly string[],
): readonly string[] {
  const spatial = layersOf(of).length - alongTime(layersOf(of)).length;
  return [
    hasGradient
      ? '|∂ output / ∂ input| is that of this very example'
      : 'no gradient of it can be shown',
    ...(step === wanted ? [] : [`recorded at step ${grouped(step)}`]),
    ...(layer ? covering(layer, of) : ['no layer was recorded']),
    ...(spatial > 0
      ? [`${spatial} ${spatial === 1 ? 'layer' : 'layers'} without time left out`]
      : []),
    ...reasons,
    'drag to zoom, double-click for all',
  ];
}

function covering({ name, cells }: Layer, { header }: Frame): readonly string[] {
  const steps = header['timesteps'] as number;
  if (cells === steps) return [];
  if (cells === 1) return [`${name} has no time axis`];
  return [`a cell of ${name} covers ${grouped(steps / cells, steps % cells ? 1 : 0)} timesteps`];
}

function Waiting({ reason }: { readonly reason: string | null }): JSX.Element {
  return reason ? (
    <p class="muted">The example can’t be read: {reason}</p>
  ) : (
    <div class="skeleton" role="status" aria-label="Loading the example" />
  );
}
