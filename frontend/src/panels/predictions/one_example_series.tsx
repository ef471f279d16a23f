/** The input series of a row of which no layer is recorded: a lane a channel, and time below. */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { paintBottomAxis, paintLeftLabels } from '../../chart/axis_paint';
import { figureLayout, xOf, type FigureLayout } from '../../chart/heatmap_layout';
import type { Window } from '../../chart/heatmap_window';
import { paintLane } from '../../chart/lane';
import type { Colours } from '../../ui/theme';
import type { Series } from './one_example_data';
import { timeTicks } from './one_example_gradient';
import { TimePlot, type Shared } from './one_example_plot';

const AXIS = 24;

export function SeriesPlot(
  props: Shared & { readonly series: Series; readonly figure: number },
): JSX.Element {
  const { series, clock } = props;
  const timestamps = clock ? series.timestamps : null;
  const lanes = figureLayout(0, 1, series.input.length, false).lanes;
  const last = lanes[lanes.length - 1];
  const height = last.y + last.height + 4 + AXIS;
  const paint = useCallback(
    (
      context: CanvasRenderingContext2D,
      layout: FigureLayout,
      window: Window,
      ink: Colours,
    ): void => {
      series.input.forEach((channel, i) => {
        const rect = { ...lanes[i], x: layout.map.x, width: layout.map.width };
        paintLane(context, rect, { ...channel, ...window, stride: 1, colour: ink.muted }, ink);
      });
      const ticks = timeTicks(timestamps, window, layout.map.width);
      paintBottomAxis(context, layout.axis, ticks, (t) => xOf(layout, window, t), ink);
      const name = [{ y: layout.axis.y + 13, label: timestamps ? 'time' : 'timestep' }];
      paintLeftLabels(context, name, layout.map.x - 14, layout.map.x - 14, ink);
    },
    [series, timestamps],
  );
  const names = series.input.map(({ name }) => name).join(', ');
  return (
    <TimePlot
      {...props}
      height={height}
      top={4}
      bottom={AXIS}
      paint={paint}
      label={`Input series: ${names}`}
    />
  );
}
