/** The model as it was recorded, each layer in the colour of its health at the chosen step. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import type { GraphNode, ModelGraph } from '../../model';
import { nearestStep, recordedSteps, recordName, step } from '../../state';
import { shortened } from '../../ui/name';
import { useWidth } from '../../ui/use_width';
import type { Diagnosis } from './answer';
import { lookAtLayer, recordOf } from './look';
import { effectsAt, healthAt, placesOf } from './map_health';
import type { Effect, NodeHealth } from './map_health';
import { layoutMap, NODE } from './map_layout';
import type { MapLayout, Placed, Wire } from './map_layout';
import { MapLegend } from './map_legend';
import { gravity, WORDS } from './severity';
import { Shape } from './severity_mark';

const ZOOMS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.4];
/** Texts of less than this can't be read. */
const LEAST = ZOOMS.indexOf(0.7);

export function LayerMap({
  run,
  graph,
  of,
}: {
  readonly run: string;
  readonly graph: ModelGraph;
  readonly of: Diagnosis;
}): JSX.Element {
  const layout = useMemo(() => layoutMap(graph), [graph]);
  const places = useMemo(() => placesOf(graph), [graph]);
  const at = step.value;
  const health = useMemo(() => healthAt(of.findings, places, at), [of, places, at]);
  const effects = useMemo(() => effectsAt(graph, of.findings, places, at), [graph, of, places, at]);
  const [chosen, setZoom] = useState<number | null>(null);
  const [box, width] = useWidth<HTMLDivElement>();
  const zoom = chosen ?? fitting(layout.width, width);
  useShownFirst(box, layout, of, places, width > 0);
  const shown = nearestStep(recordedSteps.value, at);
  const scale = ZOOMS[zoom];
  return (
    <section class="layer-map" aria-label="Layer map">
      <header class="line">
        <h3>Layer map</h3>
        <span class="muted small map-step">
          {shown === null ? '' : `at step ${grouped(shown)}${at === null ? ', the latest' : ''}`}
        </span>
        <span class="segments">
          <Zoom label="Smaller" sign="−" to={zoom - 1} onZoom={setZoom} />
          <Zoom label="Larger" sign="+" to={zoom + 1} onZoom={setZoom} />
        </span>
      </header>
      <div class="map-box" ref={box}>
        <svg
          width={layout.width * scale}
          height={layout.height * scale}
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="group"
          aria-label={`${graph.nodes.length} layers from input to output`}
        >
          <Wires {...{ layout, effects }} />
          {layout.nodes.map((placed) => (
            <MapNode
              key={placed.node}
              {...{ run, placed }}
              node={graph.nodes[placed.node]}
              health={health.get(placed.node) ?? null}
            />
          ))}
        </svg>
      </div>
      <MapLegend effects={effects} />
    </section>
  );
}

/** The whole width where it can still be read. */
function fitting(needed: number, width: number): number {
  const zoom = ZOOMS.findLastIndex((scale) => scale <= 1 && needed * scale <= width);
  return Math.max(zoom, LEAST);
}

/** Where the trouble begins is in view from the start; later the reader scrolls. */
function useShownFirst(
  box: { readonly current: HTMLDivElement | null },
  layout: MapLayout,
  { findings }: Diagnosis,
  places: ReadonlyMap<string, number>,
  isThere: boolean,
): void {
  useLayoutEffect(() => {
    if (!isThere) return;
    const first = findings.find(
      ({ layer, severity }) => layer !== null && places.has(layer) && gravity(severity) > 0,
    );
    const node = first?.layer === undefined ? undefined : places.get(first.layer!);
    const placed = node === undefined ? undefined : layout.nodes[node];
    const element = box.current;
    if (!placed || !element) return;
    const scale = (element.firstElementChild?.clientWidth ?? layout.width) / layout.width;
    element.scrollTop = (placed.y + NODE.height / 2) * scale - element.clientHeight / 2;
    element.scrollLeft = (placed.x + NODE.width / 2) * scale - element.clientWidth / 2;
  }, [layout, isThere]);
}

function Zoom({
  label,
  sign,
  to,
  onZoom,
}: {
  readonly label: string;
  readonly sign: string;
  readonly to: number;
  readonly onZoom: (to: number) => void;
}): JSX.Element {
  return (
    <button
      class="button"
      aria-label={label}
      title={label}
      disabled={ZOOMS[to] === undefined}
      onClick={() => onZoom(to)}
    >
      {sign}
    </button>
  );
}

interface WiresProps {
  readonly layout: MapLayout;
  readonly effects: readonly Effect[];
}

function Wires({ layout, effects }: WiresProps): JSX.Element {
  const acting = new Map(effects.map((one) => [`${one.from} ${one.to}`, one]));
  const of = (wire: Wire): Effect | undefined => acting.get(`${wire.from} ${wire.to}`);
  // Those along which something acts lie on top.
  const ordered = [...layout.wires].sort((a, b) => Number(!!of(a)) - Number(!!of(b)));
  return (
    <g aria-hidden="true">
      <defs>
        <marker
          id="dd-effect"
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          markerUnits="userSpaceOnUse"
          orient="auto-start-reverse"
        >
          <path d="M0 0 8 4 0 8Z" fill="context-stroke" />
        </marker>
      </defs>
      {ordered.map((wire) => {
        const effect = of(wire);
        return (
          <path
            key={`${wire.from} ${wire.to}`}
            class="wire"
            d={wire.path}
            data-severity={effect?.severity}
            data-backwards={effect?.backwards || undefined}
            marker-start={effect?.backwards ? 'url(#dd-effect)' : undefined}
            marker-end={effect && !effect.backwards ? 'url(#dd-effect)' : undefined}
          />
        );
      })}
    </g>
  );
}

interface MapNodeProps {
  readonly run: string;
  readonly placed: Placed;
  readonly node: GraphNode;
  readonly health: NodeHealth | null;
}

function MapNode({ run, placed: { x, y }, node, health }: MapNodeProps): JSX.Element {
  const record = recordOf(run, node.name);
  const chosen =
    record !== null &&
    (recordName.activations.value === record || recordName.preactivations.value === record);
  const words = nodeWords(node, health);
  const act = (): void => lookAtLayer(run, node.name);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    act();
  };
  // An attribute of SVG is written as it is.
  const asButton =
    record === null ? {} : { role: 'button' as const, tabindex: 0, onClick: act, onKeyDown: onKey };
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
        {shortened(health?.findings[0]?.title ?? kindOf(node), health ? 25 : 28)}
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
