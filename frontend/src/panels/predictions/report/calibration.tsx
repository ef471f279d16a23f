/** Is what was predicted what came: calibration of model and baseline. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { grouped } from '../../../chart/axis';
import {
  calibrationBinsAt,
  calibrationLayout,
  type CalibrationBin,
  type CalibrationInput,
} from '../../../chart/calibration';
import { paintCalibration } from '../../../chart/calibration_paint';
import { Tip, type Place } from '../../../figures/tip';
import { Canvas, type Paint } from '../../../ui/canvas';
import { useStable } from '../../../ui/stable';
import type { Bin } from '../analysis';
import { looksOf, type Analysed } from './looks';
import { estimateText, intervalOf, numberOf } from './numbers';
import { LookLegend, Part } from './parts';
import { keepPicture } from './pictures';

export function CalibrationPart({
  all,
}: {
  readonly all: readonly Analysed[];
}): JSX.Element | null {
  const known = all.filter(({ analysis }) => analysis.calibration !== null);
  const identity = useStable(known.flatMap(({ analysis, colour }) => [analysis, colour]));
  const looks = useMemo(() => looksOf(known), [identity]);
  const input = useMemo(() => inputOf(known, looks), [identity]);
  if (known.length === 0) return null;
  const errors = known.map(({ name, analysis }) => {
    const error = estimateText(intervalOf(analysis.calibration!.error));
    return known.length > 1 ? `${name} ${error}` : error;
  });
  return (
    <Part
      id="calibration"
      title="Calibration"
      note={`expected calibration error ${errors.join('; ')}`}
    >
      <Figure
        input={input}
        label={`Calibration: expected calibration error ${errors.join('; ')}`}
      />
      <LookLegend
        looks={looks.looks.filter((_, i) => input.series.some((one) => one.look === i))}
      />
    </Part>
  );
}

interface Looked extends CalibrationInput {
  readonly series: readonly (CalibrationInput['series'][number] & { readonly look: number })[];
}

function inputOf(all: readonly Analysed[], { looks, of }: ReturnType<typeof looksOf>): Looked {
  const isBinary = all[0]?.analysis.task === 'binary';
  const series = all.flatMap(({ analysis }, i) => {
    const { model, baseline } = analysis.calibration!;
    const other = of[i].baseline;
    return [
      { ...looks[of[i].model], look: of[i].model, bins: model.map(binOf) },
      ...(baseline && other !== null
        ? [{ ...looks[other], look: other, bins: baseline.map(binOf) }]
        : []),
    ];
  });
  return {
    series,
    across: isBinary ? 'predicted probability' : 'probability of the predicted class',
    up: isBinary ? 'share of positives' : 'share right',
  };
}

function binOf({ low, high, rows, mean, share }: Bin): CalibrationBin {
  const { value, low: shareLow, high: shareHigh } = intervalOf(share);
  return { low, high, rows, mean: numberOf(mean), share: value, shareLow, shareHigh };
}

function Figure({
  input,
  label,
}: {
  readonly input: CalibrationInput;
  readonly label: string;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null!);
  useLayoutEffect(() => keepPicture('Calibration', canvas.current));
  const [width, setWidth] = useState(0);
  const layout = useMemo(() => calibrationLayout(input, width), [input, width]);
  const paint = useCallback<Paint>(
    (context, _, ink) => paintCalibration(context, input, layout, ink),
    [input, layout],
  );
  const hover = useSignal<(Place & { readonly bins: readonly number[] }) | null>(null);
  const at = hover.value;
  return (
    <div class="figure">
      <Canvas
        height={layout.height}
        paint={paint}
        label={label}
        canvas={canvas}
        onSize={(size) => setWidth(size.width)}
        attributes={{
          onPointerMove: ({ offsetX: x, offsetY: y }) => {
            const bins = calibrationBinsAt(input, layout, x, y);
            hover.value = bins && { x, y, bins };
          },
          onPointerLeave: () => (hover.value = null),
        }}
      />
      {at && (
        <Tip at={at} middle={layout.plot.x + layout.plot.width / 2}>
          <BinsTip {...{ input }} bins={at.bins} />
        </Tip>
      )}
    </div>
  );
}

function BinsTip({
  input: { series },
  bins,
}: {
  readonly input: CalibrationInput;
  readonly bins: readonly number[];
}): JSX.Element {
  return (
    <>
      {series.map(({ name, bins: known }, i) => {
        const bin = known[bins[i]];
        if (!bin) return null;
        const share = { value: bin.share, low: bin.shareLow, high: bin.shareHigh };
        return (
          <div key={name}>
            <strong>
              {name}: {bin.low.toFixed(2)} to {bin.high.toFixed(2)}
            </strong>
            {grouped(bin.rows)} rows, predicted{' '}
            {Number.isNaN(bin.mean) ? 'n/a' : bin.mean.toFixed(3)}, came {estimateText(share)}
          </div>
        );
      })}
    </>
  );
}
