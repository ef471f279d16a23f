/** What the measures are called, and how they are explained. */
import type { Measure, Net } from './data';

/** Updates of about a thousandth of the weights are usual: https://cs231n.github.io/neural-networks-3/#ratio */
export const USUAL_UPDATE = -3;

export function measureNames(net: Net | null): Readonly<Record<Measure, string>> {
  return {
    gradient: 'gradient norm',
    update: 'update ratio',
    weight: 'weight norm',
    output: net?.objective === 'output' ? 'd output / d layer output' : 'd loss / d layer output',
  };
}

/** Beside the colours and above the curves. */
export const QUANTITIES: Readonly<Record<Measure, string>> = {
  gradient: 'RMS of the gradient',
  update: '‖Δw‖ / ‖w‖',
  weight: 'RMS of the weights',
  output: 'RMS over the layer’s output',
};

const SOURCES: Readonly<Record<string, string>> = {
  applied: 'as the optimizer applied them',
  probe: 'on the probe batch',
  given: 'as given by the training loop',
};

/** How the numbers came about, for the caption. */
export function explanation(measure: Measure, { source }: Net): string {
  const whose = SOURCES[source];
  switch (measure) {
    case 'gradient':
      return `Norm of the gradients${whose ? `, ${whose}` : ''}, divided by the root of their number, so that layers of all sizes can be compared`;
    case 'update':
      return 'How much one step changes a weight, relative to its size: about 0.001 is usual';
    case 'weight':
      return 'Norm of the weights, divided by the root of their number';
    case 'output':
      return 'Root mean square over the probe batch';
    default:
      return measure satisfies never;
  }
}
