/** The input series of a kept row, small: every channel in its own range. */
import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { Canvas, type Paint } from '../../ui/canvas';
import type { Kept } from './table';

const HEIGHT = 26;
const MOST_CHANNELS = 3;

export function Spark({
  kept,
  place,
}: {
  readonly kept: Kept;
  readonly place: number;
}): JSX.Element {
  const [, channels, steps] = kept.input.shape;
  const paint = useCallback<Paint>(
    (context, { width }, ink) => {
      const shown = Math.min(MOST_CHANNELS, channels);
      for (let c = shown - 1; c >= 0; c--) {
        const from = (place * channels + c) * steps;
        const series = kept.input.data.subarray(from, from + steps);
        context.strokeStyle = c === 0 ? ink.text : ink.muted;
        context.globalAlpha = c === 0 ? 0.9 : 0.45;
        line(context, series, width);
      }
      context.globalAlpha = 1;
    },
    [kept, place],
  );
  const named = kept.channels?.slice(0, MOST_CHANNELS).join(', ') ?? `${channels} channels`;
  return (
    <span class="rows-spark" title={`${named}; ${kept.reasons[place]}`}>
      <Canvas height={HEIGHT} paint={paint} label={`Input series: ${named}`} />
    </span>
  );
}

/** From its least to its greatest value over the height; NaN is a gap. */
function line(context: CanvasRenderingContext2D, series: ArrayLike<number>, width: number): void {
  let [low, high] = [Infinity, -Infinity];
  for (let t = 0; t < series.length; t++) {
    if (series[t] < low) low = series[t];
    if (series[t] > high) high = series[t];
  }
  const span = high - low || 1;
  context.beginPath();
  context.lineWidth = 1;
  let open = false;
  for (let t = 0; t < series.length; t++) {
    const value = series[t];
    if (!Number.isFinite(value)) {
      open = false;
      continue;
    }
    const x = (t / Math.max(1, series.length - 1)) * (width - 2) + 1;
    const y = HEIGHT - 2 - ((value - low) / span) * (HEIGHT - 4);
    if (open) context.lineTo(x, y);
    else context.moveTo(x, y);
    open = true;
  }
  context.stroke();
}
