/** How strongly the output of one row looks at each of its timesteps, on a log scale. */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { integerTicks, type Tick } from '../../chart/axis';
import { clockTicks } from '../../chart/axis_clock';
import { xOf, type FigureLayout } from '../../chart/heatmap_layout';
import type { Window } from '../../chart/heatmap_window';
import { layoutAmnesia, MARGIN, type Profile } from '../../chart/line_amnesia';
import { paintAmnesia } from '../../chart/line_amnesia_paint';
import type { Colours } from '../../ui/theme';
import type { Series } from './one_example_data';
import { TimePlot, type Shared } from './one_example_plot';

const HEIGHT = 220;
/** CSS pixels that a tick needs, as below the heatmap. */
const TICK_WIDTH = { step: 70, clock: 46 } as const;

export function GradientPlot(
  props: Shared & { readonly profile: Profile; readonly series: Series; readonly figure: number },
): JSX.Element {
  const { profile, series, clock } = props;
  const timestamps = clock ? series.timestamps : null;
  const paint = useCallback(
    (
      context: CanvasRenderingContext2D,
      layout: FigureLayout,
      window: Window,
      ink: Colours,
    ): void => {
      const { x, width } = layout.map;
      const input = {
        profiles: [profile],
        earlier: [],
        axis: 'timestep',
        relative: false,
      } as const;
      // A timestep is as wide here as a cell of the heatmap, whose middle is its place on the line.
      const span = [window.from - 0.5, window.to - 0.5] as const;
      const wide = width + MARGIN.left + MARGIN.right;
      const plot = layoutAmnesia({ ...input, window: span }, wide, HEIGHT);
      const xTicks = timeTicks(timestamps, window, width).map(({ value, label }) => ({
        at: xOf(layout, window, value) - x + MARGIN.left,
        label,
      }));
      context.save();
      context.translate(x - MARGIN.left, 0);
      const xTitle = timestamps ? 'time' : plot.xTitle;
      paintAmnesia(context, { ...plot, xTicks, xTitle }, ink);
      context.restore();
    },
    [profile, timestamps],
  );
  const { outputStep } = profile;
  return (
    <TimePlot
      {...props}
      height={HEIGHT}
      top={MARGIN.top}
      bottom={MARGIN.bottom}
      paint={paint}
      label={`Sensitivity of the output at timestep ${outputStep} to each timestep of the input`}
    />
  );
}

/** Those below the heatmap. */
export function timeTicks(
  timestamps: Float64Array | null,
  { from, to }: Window,
  width: number,
): readonly Tick[] {
  return timestamps
    ? clockTicks(timestamps, from, to, width / TICK_WIDTH.clock)
    : integerTicks(from, to, width / TICK_WIDTH.step);
}
