/** The layers of a model in the order of its graph, each with what was recorded of it; pure. */
import type { GraphNode, ModelGraph, RecorderNote } from './model';

/** A row of the list of layers. */
export interface LayerRow {
  /** Of the record, or of the layer where nothing was recorded under its own name. */
  readonly name: string;
  /** What is written: below its layer a gate or a later call goes without the layer's name. */
  readonly label: string;
  /** Whether it stands below its layer: a gate, a later call of a shared layer. */
  readonly nested: boolean;
  readonly recorded: boolean;
  /** Why something of it was not measured, or null. */
  readonly missing: string | null;
}

/** A model and what its recorder could not measure. */
export interface Model {
  readonly graph: ModelGraph;
  readonly notes: readonly RecorderNote[];
}

/**
 * Rows in the order of the first model, then what only later models have; records that no graph
 * knows come last, as they were met.
 */
export function layerRows(names: readonly string[], models: readonly Model[]): readonly LayerRow[] {
  const left = new Set(names);
  const listed = new Set<string>();
  const rows = models.flatMap(({ graph, notes }) => {
    const layers = new Set(graph.nodes.map(({ name }) => name));
    return graph.nodes.flatMap((node) => {
      const own = ownFirst(node).filter((name) => left.delete(name));
      const lost = lostOf(node, notes).filter((name) => !layers.has(name));
      return rowsOf(node.name, own, lost, notes).filter(({ name, recorded }) => {
        const fresh = recorded || (!listed.has(name) && !names.includes(name));
        listed.add(name);
        return fresh;
      });
    });
  });
  return [...rows, ...[...left].map((name) => row(name, name, false, true, []))];
}

/** The records of a layer, that under its own name before those of its parts. */
function ownFirst({ name: layer, records }: GraphNode): readonly string[] {
  const own = records.filter((name) => name === layer);
  return [...own, ...records.filter((name) => name !== layer)];
}

function rowsOf(
  layer: string,
  own: readonly string[],
  lost: readonly string[],
  notes: readonly RecorderNote[],
): readonly LayerRow[] {
  const parts = [...own.filter((name) => name !== layer), ...lost];
  const heads = own.includes(layer) || reasonOf(layer, notes) !== null || parts.length > 1;
  const below = parts.map((name) =>
    row(name, heads ? within(layer, name) : name, heads, own.includes(name), notes),
  );
  return heads ? [row(layer, layer, false, own.includes(layer), notes), ...below] : below;
}

/** Gates and the like that only notes tell of: there is no record of them. */
function lostOf({ name: layer, records }: GraphNode, notes: readonly RecorderNote[]): string[] {
  const parts = notes.flatMap(({ what }) => partOf(what, layer) ?? []);
  return [...new Set(parts)].filter((name) => !records.includes(name));
}

function row(
  name: string,
  label: string,
  nested: boolean,
  recorded: boolean,
  notes: readonly RecorderNote[],
): LayerRow {
  return { name, label, nested, recorded, missing: recorded ? null : reasonOf(name, notes) };
}

/** "forget" of "lstm/forget", "#2" of "shared#2"; a name of another kind stays whole. */
export function within(layer: string, name: string): string {
  const rest = name.startsWith(layer) ? name.slice(layer.length) : '';
  return rest.startsWith('/') ? rest.slice(1) : rest.startsWith('#') ? rest : name;
}

/** The part of a layer that a note speaks of: lstm/forget of "activations of lstm/forget". */
function partOf(what: string, layer: string): string | null {
  const name = what.slice(what.lastIndexOf(' ') + 1);
  return within(layer, name) !== name ? name : null;
}

function reasonOf(name: string, notes: readonly RecorderNote[]): string | null {
  const found = notes.filter(({ what }) => what === name || what.endsWith(` of ${name}`));
  return found.length === 0 ? null : [...new Set(found.map(({ reason }) => reason))].join('; ');
}

/** What stands around a record in its model. */
export interface Neighbours {
  /** The layer that the record belongs to. */
  readonly layer: GraphNode;
  /** The records of the layer, its own first. */
  readonly parts: readonly string[];
  /** One record of each layer that it reads from, and of each that reads from it. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The recorded layers next to a record's; those between that have no record are passed over. */
export function neighbours(
  graph: ModelGraph,
  recorded: ReadonlySet<string>,
  name: string,
): Neighbours | null {
  const at = graph.nodes.findIndex(({ records }) => records.includes(name));
  if (at < 0) return null;
  const layer = graph.nodes[at];
  const there = (node: number): readonly string[] =>
    ownFirst(graph.nodes[node]).filter((record) => recorded.has(record));
  return {
    layer,
    parts: there(at),
    before: reached(at, there, (node) => ends(graph, 1, node)),
    after: reached(at, there, (node) => ends(graph, 0, node)),
  };
}

/** The nodes at the other end of the edges whose end `from` (0 tail, 1 head) is the node. */
function ends({ edges }: ModelGraph, from: 0 | 1, node: number): readonly number[] {
  return edges.filter((edge) => edge[from] === node).map((edge) => edge[from === 0 ? 1 : 0]);
}

/** The nearest nodes with records along the edges, each by its first record. */
function reached(
  start: number,
  records: (node: number) => readonly string[],
  next: (node: number) => readonly number[],
): readonly string[] {
  const seen = new Set([start]);
  const found: number[] = [];
  const open = [...next(start)];
  for (let node = open.shift(); node !== undefined; node = open.shift()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (records(node).length > 0) found.push(node);
    else open.push(...next(node));
  }
  return found.sort((a, b) => a - b).map((node) => records(node)[0]);
}
