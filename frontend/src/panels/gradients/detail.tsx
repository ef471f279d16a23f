/** One weight: its numbers at the step, and the histograms of it and of its gradient over steps. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { grouped, valueLabel } from '../../chart/axis';
import type { Bins, Histogram } from '../../chart/ridge_bins';
import { ridgeModel, bySteps, type StepHistogram } from '../../chart/ridge_model';
import { valueScale } from '../../chart/ridge_scale';
import type { Frame } from '../../answers';
import { RidgeFigure } from '../../figures/ridge_figure';
import type { Fact } from '../../figures/unit_facts';
import { nearestStep, parameter } from '../../state';
import { useStable } from '../../ui/stable';
import { showStep } from './choices';
import { planeRow, type Net } from './data';
import { shapeWords } from './picture';
import { useHistograms, type Shown } from './questions';

export function Detail({
  of,
  net,
  name,
}: {
  readonly of: Shown;
  readonly net: Net;
  readonly name: string;
}): JSX.Element | null {
  const place = net.parameters.findIndex((one) => one.name === name);
  const answers = useHistograms(of, place >= 0);
  const frames = useStable(answers.map(({ data, stale }) => (stale ? null : data)));
  if (place < 0) {
    return <p class="muted">{name} has no weights, or this run has none of that name.</p>;
  }
  const waiting = answers.some(({ state }) => state === 'loading');
  return (
    <section class="unit parameter" aria-label={name}>
      <header>
        <strong>{name}</strong>
        <span class="muted">{shapeWords(net.parameters[place].shape)}</span>
        <button
          class="icon"
          aria-label="Close the weight"
          title="Close (Esc)"
          onClick={() => (parameter.value = null)}
        >
          ✕
        </button>
      </header>
      {of.frame && (
        <div class="facts">
          <dl>
            {facts(of.frame, place, net).map(([term, text]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
      <div class="side">
        <div class="figures" data-count={2}>
          <Ridges title="weights" plane="weight_counts" {...{ of, frames, place, waiting }} />
          <Ridges title="gradients" plane="gradient_counts" {...{ of, frames, place, waiting }} />
        </div>
      </div>
    </section>
  );
}

function facts(frame: Frame, place: number, net: Net): Fact[] {
  const at = (row: string): number => planeRow(frame, 'parameters', row)[place] ?? NaN;
  const size = net.parameters[place].size;
  const nonfinite = at('weight_nonfinite') + (at('gradient_nonfinite') || 0);
  const known = (
    [
      ['gradient norm', at('gradient_norm')],
      ['largest |gradient|', at('gradient_max')],
      ['weight norm', at('weight_norm')],
      ['largest |weight|', at('weight_max')],
      ['update norm', at('update_norm')],
      ['update ratio', at('update_ratio')],
    ] as const
  ).filter(([, value]) => !Number.isNaN(value));
  const zero = at('gradient_zero');
  return [
    ['step', grouped(frame.step)],
    ...known.map(([name, value]) => [name, valueLabel(value, 3)] as const),
    ...(zero > 0
      ? [['gradients of exactly zero', `${grouped(zero)} of ${grouped(size)}`] as const]
      : []),
    ...(nonfinite > 0 ? [['NaN or infinite', grouped(nonfinite)] as const] : []),
  ];
}

interface RidgesProps {
  readonly title: string;
  readonly plane: string;
  readonly of: Shown;
  readonly frames: readonly (Frame | null)[];
  readonly place: number;
  readonly waiting: boolean;
}

function Ridges({ title, plane, of, frames, place, waiting }: RidgesProps): JSX.Element {
  const model = useMemo(() => {
    const ridges = bySteps(
      frames.flatMap((frame) => (frame && ridgeOf(frame, plane, place)) ?? []),
    );
    const scale = valueScale(
      ridges.map(({ histogram }) => withoutZeros(histogram)),
      'symlog',
    );
    return ridgeModel(ridges, scale);
  }, [frames, plane, place]);
  const steps = model.ridges.map((ridge) => ridge.step);
  const current = steps.indexOf(nearestStep(steps, of.step) ?? NaN);
  return (
    <section>
      <h3>Histograms of the {title}</h3>
      {current < 0 ? (
        <p class="muted">{waiting ? 'Loading …' : 'None are recorded.'}</p>
      ) : (
        <RidgeFigure
          model={model}
          current={current}
          onStep={(to) => showStep(of, to)}
          label={`Histograms of the ${title} over ${steps.length} steps`}
        />
      )}
    </section>
  );
}

/** The histogram of one parameter in a frame; null where it was not recorded or has no entry. */
export function ridgeOf(frame: Frame, name: string, place: number): StepHistogram | null {
  const plane = frame.planes.get(name);
  const bins = frame.header['bins'] as Readonly<Record<string, number>> | undefined;
  if (!plane || plane.damaged !== null || !bins || place >= plane.shape[0]) return null;
  const width = plane.shape[1];
  const counts = plane.data.subarray(place * width, (place + 1) * width);
  const histogram: Histogram = { bins: binsOf(bins), first: bins['first'], counts };
  let [all, negative] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    all += counts[i];
    if (histogram.first + i < 0) negative += counts[i];
  }
  return all > 0 ? { step: frame.step, histogram, negative: negative / all } : null;
}

/** Exact zeros, often a third of all gradients, must not decide where the log axis begins. */
function withoutZeros(histogram: Histogram): Histogram {
  const counts = Float64Array.from(histogram.counts);
  if (histogram.first <= 0) counts[-histogram.first] = 0;
  return { ...histogram, counts };
}

function binsOf(field: Readonly<Record<string, number>>): Bins {
  return {
    mantissaBits: field['mantissa_bits'],
    minExponent: field['min_exponent'],
    maxExponent: field['max_exponent'],
  };
}
