/** One heatmap of the activations panel, refined to full resolution when that shows more. */
import type { Signal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { grouped } from '../chart/axis';
import type { Palette } from '../chart/colour_palette';
import type { ColourScale } from '../chart/colour_scale';
import { healthCounts, healthTitle } from '../chart/heatmap_health';
import type { Picture } from '../chart/heatmap_picture';
import type { Window } from '../chart/heatmap_window';
import type { Clones } from '../chart/unit_clones';
import { unit } from '../state';
import { lazy } from '../ui/lazy';
import { useLoadedAll } from '../ui/loaded';
import { shortened } from '../ui/name';
import { runColour } from '../ui/run_colour';
import { fullPicture, type ActivationFrame } from './activation_frame';
import { frameOf, type Target } from './activation_views';
import { CellTip } from './cell_tip';
import { HeatmapFigure, type Hover } from './heatmap_figure';
import { useHeatmap } from './use_heatmap';
import { clock } from './view_state';

const StatisticsFigure = lazy(async () => (await import('./statistics_figure')).StatisticsFigure);

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
  readonly clones: Clones | null;
  readonly unit: number | null;
  /** Whether the picture at full resolution would show more than the overview. */
  readonly refine: boolean;
  /** What stands above it; null where there is one view only. */
  readonly caption: { readonly title: string; readonly words: string } | null;
  readonly onIdleWheel: () => void;
  readonly keep: (canvas: HTMLCanvasElement | null) => void;
}

export function ActivationView(props: ActivationViewProps): JSX.Element {
  const { frame, target, scale, keep, order, clones } = props;
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keep(canvas.current));
  const picture = useFullPicture(frame, target, props.refine);
  const map = useHeatmap(picture, order, scale);
  const title = healthTitle(healthCounts(frame.health), frame.axis);
  return (
    <section>
      {props.caption && <Caption target={target} {...props.caption} />}
      {map ? (
        <HeatmapFigure
          {...props}
          map={map}
          onWindow={props.setWindow}
          onUnit={(to) => (unit.value = to)}
          clock={clock.value === 'time'}
          label={`Heatmap of ${target.record.name}, ${caption(target, frame)}: ${title}`}
          canvas={canvas}
          tip={(hit) => (
            <CellTip {...{ frame, clones, hit }} picture={map.picture} order={map.order} />
          )}
        />
      ) : (
        <Pictureless {...props} canvas={canvas} title={title} />
      )}
    </section>
  );
}

/** The full picture once it is wanted and has come, the overview until then. */
export function useFullPicture(
  frame: ActivationFrame,
  target: Target,
  refine: boolean,
): Picture | null {
  const coarse = frame.picture !== null && frame.picture.stride > 1;
  const [values] = useLoadedAll(refine && coarse ? [frameOf(target, frame.step, ['values'])] : []);
  const full = values?.data?.step === frame.step ? values.data : null;
  return useMemo(
    () => (full && fullPicture(frame, full, frame.example)) ?? frame.picture,
    [full, frame],
  );
}

/** "relu, step 380". */
export function caption({ run }: Target, { step }: ActivationFrame): string {
  return `${shortened(run.name, 60)}, step ${grouped(step)}`;
}

/** The run and what is shown of it, above its picture. */
export function Caption({
  target,
  title,
  words,
}: {
  readonly target: Target;
  readonly title: string;
  readonly words: string;
}): JSX.Element {
  return (
    <h3 class="caption">
      <span class="swatch" style={{ background: runColour(target.run.name) }} />
      <strong class="clip">{title}</strong>
      <span class="muted clip">{words}</span>
    </h3>
  );
}

/** The statistics alone, where the picture was left out or can't be read. */
function Pictureless({
  title,
  ...props
}: ActivationViewProps & {
  readonly title: string;
  readonly canvas: RefObject<HTMLCanvasElement>;
}): JSX.Element {
  return (
    <>
      <p class="muted">
        {props.frame.examples === 0
          ? 'The picture of this step was left out: the size budget. The statistics are of every cell.'
          : `The picture of this step can’t be read; its statistics can: ${title}.`}
      </p>
      <StatisticsFigure {...props} onUnit={(to) => (unit.value = to)} />
    </>
  );
}
