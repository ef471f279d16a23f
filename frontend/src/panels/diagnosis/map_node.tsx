/** A layer of the map: its name, what was found of it, and a click that looks at it everywhere. */
import type { JSX } from 'preact';
import type { GraphNode } from '../../model';
import { shortened } from '../../ui/name';
import { lookAtLayer, recordOf } from './look';
import type { NodeHealth } from './map_health';
import { NODE } from './map_layout';
import type { Placed } from './map_layout';
import { WORDS } from './severity';
import { Shape } from './severity_mark';

interface MapNodeProps {
  readonly run: string;
  readonly placed: Placed;
  readonly node: GraphNode;
  readonly health: NodeHealth | null;
  readonly chosen: boolean;
  /** Whether the tabulator key stops here; from there the arrows lead on. */
  readonly isStop: boolean;
}

export function MapNode({
  run,
  placed: { x, y },
  node,
  health,
  chosen,
  isStop,
}: MapNodeProps): JSX.Element {
  const record = recordOf(run, node.name);
  const words = nodeWords(node, health);
  const gravest = health?.findings.find(({ severity }) => severity === health.severity);
  const act = (): void => lookAtLayer(run, node.name);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    act();
  };
  // An attribute of SVG is written as it is.
  const asButton = record !== null && {
    role: 'button' as const,
    tabindex: isStop ? 0 : -1,
    onClick: act,
    onKeyDown: onKey,
  };
  return (
    <g
      class="node"
      data-layer={node.name}
      data-severity={health?.severity ?? (record === null ? undefined : 'NONE')}
      data-chosen={chosen || undefined}
      transform={`translate(${x} ${y})`}
      aria-label={words}
      aria-current={record === null ? undefined : chosen}
      {...asButton}
    >
      <title>{words}</title>
      <rect class="box" width={NODE.width} height={NODE.height} rx="4" />
      {health && <rect class="strip" width="5" height={NODE.height} />}
      {health && (
        <svg class="severity" data-severity={health.severity} x="11" y="10" width="16" height="16">
          <Shape severity={health.severity} />
        </svg>
      )}
      <text x={health ? 33 : 14} y="15">
        {shortened(node.name, health ? 22 : 25)}
      </text>
      <text class="kind" x={health ? 33 : 14} y="29">
        {shortened(gravest?.title ?? kindOf(node), health ? 25 : 28)}
      </text>
    </g>
  );
}

function kindOf({ kind, activation }: GraphNode): string {
  return activation && activation.toLowerCase() !== kind.toLowerCase()
    ? `${kind} · ${activation}`
    : kind;
}

function nodeWords(node: GraphNode, health: NodeHealth | null): string {
  const found = health?.findings.map(
    ({ severity, title, message }) => `${WORDS[severity]}: ${title}. ${message}`,
  );
  return [`${node.name} (${kindOf(node)})`, ...(found ?? ['no finding so far'])].join('\n');
}
