/** Where the layer stands in its model: what it reads from, its own parts, what reads from it. */
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import type { Target } from '../../figures/activation_views';
import { health } from '../../health';
import { neighbours, within } from '../../layers';
import type { GraphNode, ModelGraph } from '../../model';
import { LAYER_KINDS } from '../../shown_layers';
import { recordIn } from '../../state';
import type { RunInfo } from '../../api';
import { MarkShape } from '../../ui/mark';
import { shortened } from '../../ui/name';
import { chooseRecord } from '../../ui/rail';
import { adopt } from '../../ui/style';
import css from './chain.css?inline';

/** More layers on one side than this are counted only. */
const MOST = 4;
const MOST_PARTS = 5;

export function Chain({
  graph,
  target: { run, record },
}: {
  readonly graph: ModelGraph;
  readonly target: Target;
}): JSX.Element | null {
  useLayoutEffect(() => adopt(css), []);
  const recorded = new Set(
    run.records.filter(({ kind }) => kind === 'activations').map(({ name }) => name),
  );
  const around = neighbours(graph, recorded, record.name);
  if (!around) return null;
  const { layer, parts, before, after } = around;
  return (
    <nav class="chain" aria-label="Layers before and after">
      {before.length > 0 && (
        <span class="group">
          <Side names={before} run={run} />
          <Arrow />
        </span>
      )}
      {parts.length > 1 ? (
        <span class="parts">
          {shownParts(parts, record.name).map((name) => (
            <Step
              key={name}
              {...{ name, run }}
              label={name === layer.name ? name : within(layer.name, name)}
              current={name === record.name}
            />
          ))}
          {parts.length > MOST_PARTS && <span class="muted small more">of {parts.length}</span>}
        </span>
      ) : (
        <Step name={record.name} label={record.name} run={run} current />
      )}
      {after.length > 0 && (
        <span class="group">
          <Arrow />
          <Side names={after} run={run} />
        </span>
      )}
      <span class="kind small muted">{kindWords(layer)}</span>
    </nav>
  );
}

/** Those around the one looked at, where there are many: a shared layer may be called a hundred times. */
function shownParts(parts: readonly string[], name: string): readonly string[] {
  const first = Math.min(parts.length - MOST_PARTS, parts.indexOf(name) - (MOST_PARTS >> 1));
  return parts.slice(Math.max(0, first), Math.max(0, first) + MOST_PARTS);
}

function Side({
  names,
  run,
}: {
  readonly names: readonly string[];
  readonly run: RunInfo;
}): JSX.Element {
  return (
    <>
      {names.slice(0, MOST).map((name) => (
        <Step key={name} name={name} label={name} run={run} current={false} />
      ))}
      {names.length > MOST && <span class="muted small">and {names.length - MOST} more</span>}
    </>
  );
}

function Arrow(): JSX.Element {
  return (
    <svg class="arrow" width="16" height="10" viewBox="0 0 16 10" fill="none" aria-hidden="true">
      <path d="M0 5h14M10 1l4 4-4 4" stroke="currentColor" stroke-width="1.4" />
    </svg>
  );
}

function Step({
  name,
  label,
  run,
  current,
}: {
  readonly name: string;
  readonly label: string;
  readonly run: RunInfo;
  readonly current: boolean;
}): JSX.Element {
  const record = recordIn(run, 'activations', name);
  const found = record && health(record);
  const mark = found?.mark ?? 'unknown';
  const words = `${shortened(name, 60)}: ${found?.words ?? 'not recorded'}`;
  return (
    <button
      class="step"
      aria-current={current}
      aria-label={words}
      title={words}
      onClick={() => chooseRecord(name, LAYER_KINDS)}
    >
      <span class={mark} style={{ lineHeight: 0 }}>
        <MarkShape mark={mark} />
      </span>
      <span class="clip">{shortened(label, 40)}</span>
    </button>
  );
}

/** "Conv2D · relu · 28 × 28 × 16 · 1,216 parameters". */
function kindWords({ kind, activation, shape, parameters }: GraphNode): string {
  return [
    kind,
    ...(activation && activation.replaceAll('_', '') !== kind.toLowerCase() ? [activation] : []),
    ...(shape && shape.length > 0 ? [shape.map((size) => size ?? '?').join(' × ')] : []),
    ...(parameters > 0 ? [`${grouped(parameters)} parameters`] : []),
  ].join(' · ');
}
