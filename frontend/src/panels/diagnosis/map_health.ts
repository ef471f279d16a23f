/** How each layer of the map does at a step, and along which edges causes act; pure. */
import type { ModelGraph } from '../../model';
import type { Finding } from './answer';
import { graver } from './severity';
import type { Severity } from './severity';

/** The place of a layer by its name, or by the name of a record of its. */
export function placesOf({ nodes }: ModelGraph): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  nodes.forEach(({ records }, i) => records.forEach((name) => places.set(name, i)));
  nodes.forEach(({ name }, i) => places.set(name, i));
  return places;
}

export interface NodeHealth {
  readonly severity: Severity;
  /** All that was found of the layer up to the step. */
  readonly findings: readonly Finding[];
}

/**
 * By node: what was found up to a step. Null looks at the latest; a finding whose beginning can't be
 * told was always there.
 */
export function healthAt(
  findings: readonly Finding[],
  places: ReadonlyMap<string, number>,
  step: number | null,
): ReadonlyMap<number, NodeHealth> {
  const health = new Map<number, NodeHealth>();
  for (const one of findings) {
    if (!hasBegun(one, step)) continue;
    const nodes = new Set(one.layers.flatMap((layer) => places.get(layer) ?? []));
    for (const node of nodes) {
      const known = health.get(node);
      health.set(node, {
        severity: graver(known?.severity ?? null, one.severity) ?? one.severity,
        findings: [...(known?.findings ?? []), one],
      });
    }
  }
  return health;
}

export function hasBegun({ firstStep }: Finding, step: number | null): boolean {
  return step === null || firstStep === null || firstStep <= step;
}

/** An edge of the graph along which something acts, with or against its direction. */
export interface Effect {
  readonly from: number;
  readonly to: number;
  readonly backwards: boolean;
  readonly severity: Severity;
}

/** The edges between causes and what follows from them, up to a step. */
export function effectsAt(
  graph: ModelGraph,
  findings: readonly Finding[],
  places: ReadonlyMap<string, number>,
  step: number | null,
): readonly Effect[] {
  const byId = new Map(findings.map((one) => [one.id, one]));
  const effects = new Map<string, Effect>();
  const follow = neighboursOf(graph);
  for (const one of findings) {
    const cause = one.causedBy === null ? undefined : byId.get(one.causedBy);
    if (!cause || !hasBegun(one, step)) continue;
    const starts = nodesOf(cause, places);
    for (const end of nodesOf(one, places)) {
      for (const effect of pathOf(follow, starts, end)) {
        const key = `${effect.from} ${effect.to}`;
        const severity = graver(effects.get(key)?.severity ?? null, one.severity) ?? one.severity;
        effects.set(key, { ...effect, severity });
      }
    }
  }
  return [...effects.values()];
}

function nodesOf({ layers }: Finding, places: ReadonlyMap<string, number>): readonly number[] {
  return layers.flatMap((layer) => places.get(layer) ?? []);
}

type Neighbours = Readonly<Record<'after' | 'before', readonly (readonly number[])[]>>;

function neighboursOf({ nodes, edges }: ModelGraph): Neighbours {
  const [after, before] = [nodes.map((): number[] => []), nodes.map((): number[] => [])];
  for (const [from, to] of edges) {
    after[from]?.push(to);
    before[to]?.push(from);
  }
  return { after, before };
}

/** The shortest way from any of the starts, along the edges or, where there is none, against them. */
function pathOf(
  { after, before }: Neighbours,
  starts: readonly number[],
  end: number,
): readonly Pick<Effect, 'from' | 'to' | 'backwards'>[] {
  if (starts.includes(end)) return [];
  const forwards = shortest(after, starts, end);
  const way = forwards ?? shortest(before, starts, end) ?? [];
  return way.slice(1).map((node, i) => {
    const backwards = forwards === null;
    return backwards
      ? { from: node, to: way[i], backwards }
      : { from: way[i], to: node, backwards };
  });
}

function shortest(
  next: readonly (readonly number[])[],
  starts: readonly number[],
  end: number,
): readonly number[] | null {
  const from = new Map<number, number | null>(starts.map((start) => [start, null]));
  const open = [...starts];
  for (let place = 0; place < open.length; place++) {
    if (open[place] === end) return traced(from, end);
    for (const node of next[open[place]] ?? []) {
      if (from.has(node)) continue;
      from.set(node, open[place]);
      open.push(node);
    }
  }
  return null;
}

function traced(from: ReadonlyMap<number, number | null>, end: number): readonly number[] {
  const way: number[] = [];
  for (let at: number | null = end; at !== null; at = from.get(at) ?? null) way.unshift(at);
  return way;
}
