/** The model as it was recorded, each layer in the colour of its health at the chosen step. */
import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { grouped } from '../../chart/axis';
import type { ModelGraph } from '../../model';
import { nearestStep, recordedSteps, recordName, step } from '../../state';
import { useWidth } from '../../ui/use_width';
import type { Diagnosis } from './answer';
import { recordOf } from './look';
import { effectsAt, healthAt, placesOf } from './map_health';
import { layoutMap, NODE } from './map_layout';
import type { MapLayout } from './map_layout';
import { MapLegend } from './map_legend';
import { MapNode } from './map_node';
import { Wires } from './map_wires';
import { gravity } from './severity';

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
  const name = recordName.activations.value ?? recordName.preactivations.value;
  const looked = name === null ? null : (places.get(name) ?? null);
  const first = graph.nodes.findIndex((node) => recordOf(run, node.name) !== null);
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
          onKeyDown={moveFocus}
          aria-label={`${graph.nodes.length} layers from input to output`}
        >
          <Wires {...{ layout, effects }} />
          {layout.nodes.map((placed) => (
            <MapNode
              key={placed.node}
              {...{ run, placed }}
              node={graph.nodes[placed.node]}
              health={health.get(placed.node) ?? null}
              chosen={placed.node === looked}
              isStop={placed.node === (looked ?? first)}
            />
          ))}
        </svg>
      </div>
      <MapLegend effects={effects} />
    </section>
  );
}

/** From layer to layer as they stand below each other. */
function moveFocus(event: KeyboardEvent): void {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const here = event.target instanceof Element ? event.target.closest('.node') : null;
  if (by === undefined || !here) return;
  event.preventDefault();
  const nodes = [...here.parentElement!.querySelectorAll<SVGElement>('.node[role=button]')];
  nodes[nodes.findIndex((one) => one === here) + by]?.focus();
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
