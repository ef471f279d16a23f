/** One heatmap of the activations panel, refined to full resolution when that shows more. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { grouped } from '../chart/axis';
import type { Palette } from '../chart/colour_palette';
import type { ColourScale } from '../chart/colour_scale';
import { healthCounts, healthTitle } from '../chart/heatmap_health';
import type { Window } from '../chart/heatmap_window';
import { unit } from '../state';
import { useLoadedAll } from '../ui/loaded';
import { shortened } from '../ui/name';
import { runColour } from '../ui/run_colour';
import { fullPicture, type ActivationFrame } from './activation_frame';
import { frameOf, type Target } from './activation_views';
import { CellTip } from './cell_tip';
import { HeatmapFigure, type Hover } from './heatmap_figure';
import { useHeatmap } from './use_heatmap';
import { clock } from './view_state';

export interface ActivationViewProps {
  /** The place among the views shown together. */
  readonly figure: number;
  readonly frame: ActivationFrame;
  readonly target: Target;
  readonly scale: ColourScale;
  readonly palette: Palette;
  readonly window: Window;
  readonly setWindow: (window: Window) => void;
  readonly hover: Signal<Hover | null>;
  /** Null where the compared layer has other units. */
  readonly order: Uint32Array | null;
  readonly signs: ArrayLike<number> | null;
  readonly unit: number | null;
  /** Whether the picture at full resolution would show more than the overview. */
  readonly refine: boolean;
  readonly captioned: boolean;
  readonly onIdleWheel: () => void;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function ActivationView(props: ActivationViewProps): JSX.Element {
  const { frame, target, scale, keep, order } = props;
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const picture = useRefined(props);
  const map = useHeatmap(picture, order, scale);
  const title = healthTitle(healthCounts(frame.health), frame.axis);
  return (
    <section>
      {props.captioned && <Caption target={target} frame={frame} title={title} />}
      {map ? (
        <HeatmapFigure
          {...props}
          map={map}
          onWindow={props.setWindow}
          onUnit={(to) => (unit.value = to)}
          clock={clock.value === 'time'}
          label={`Heatmap of ${target.record.name}, ${caption(target, frame)}: ${title}`}
          canvas={canvas}
          tip={(hit) => <CellTip frame={frame} picture={map.picture} order={map.order} hit={hit} />}
        />
      ) : (
        <p class="muted">The picture of this step can’t be read; its statistics can: {title}.</p>
      )}
    </section>
  );
}

/** The full picture once it is wanted and has come, the overview until then. */
function useRefined({ frame, target, refine }: ActivationViewProps) {
  const coarse = frame.picture !== null && frame.picture.stride > 1;
  const [values] = useLoadedAll(refine && coarse ? [frameOf(target, frame.step, ['values'])] : []);
  const full = values?.data?.step === frame.step ? values.data : null;
  return useMemo(() => (full && fullPicture(frame, full, 0)) ?? frame.picture, [full, frame]);
}

/** "relu, step 380". */
export function caption({ run }: Target, { step }: ActivationFrame): string {
  return `${shortened(run.name, 60)}, step ${grouped(step)}`;
}

function Caption({
  target,
  frame,
  title,
}: {
  readonly target: Target;
  readonly frame: ActivationFrame;
  readonly title: string;
}): JSX.Element {
  return (
    <h3 class="caption">
      <span class="swatch" style={{ background: runColour(target.run.name) }} />
      <strong class="clip">{caption(target, frame)}</strong>
      <span class="muted clip">{title}</span>
    </h3>
  );
}
