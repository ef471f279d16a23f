/** The small things that cards, chains and tables share: a layer and a step to look at. */
import type { JSX } from 'preact';
import { grouped } from '../../chart/axis';
import { shortened } from '../../ui/name';
import { lookAtLayer, lookAtStep, recordOf } from './look';

/** A layer's name; a button where something of it was recorded. */
export function LayerName({
  run,
  layer,
}: {
  readonly run: string;
  readonly layer: string;
}): JSX.Element {
  const name = shortened(layer, 60);
  if (recordOf(run, layer) === null) return <span class="layer">{name}</span>;
  return (
    <button
      class="layer"
      title={`Look at ${name} in all panels`}
      onClick={() => lookAtLayer(run, layer)}
    >
      {name}
    </button>
  );
}

/** "since step 120", which moves every panel there. */
export function Since({
  step,
  bare = false,
}: {
  readonly step: number | null;
  /** Under a heading that says so already. */
  readonly bare?: boolean;
}): JSX.Element | null {
  if (step === null) return null;
  return (
    <button
      class="step-link"
      title={`Show step ${grouped(step)} in all panels`}
      onClick={() => lookAtStep(step)}
    >
      {bare ? '' : 'since step '}
      {grouped(step)}
    </button>
  );
}

const MOST_LAYERS = 3;

/** "conv_2, conv_3 and 4 more". */
export function Layers({
  run,
  layers,
}: {
  readonly run: string;
  readonly layers: readonly string[];
}): JSX.Element | null {
  if (layers.length === 0) return null;
  const more = layers.length - MOST_LAYERS;
  return (
    <span class="of-layers">
      {layers.slice(0, MOST_LAYERS).map((layer, i) => (
        <span key={layer}>
          {i > 0 && ', '}
          <LayerName run={run} layer={layer} />
        </span>
      ))}
      {more > 0 && (
        <span class="muted" title={layers.slice(MOST_LAYERS).join(', ')}>
          {' '}
          and {more} more
        </span>
      )}
    </span>
  );
}
