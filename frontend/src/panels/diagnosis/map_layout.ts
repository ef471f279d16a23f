/** Places the layers of a model below each other along its edges; pure. */
import { graphlib, layout } from '@dagrejs/dagre';
import type { ModelGraph } from '../../model';

export const NODE = { width: 188, height: 36 } as const;
const GAP = { across: 18, down: 20, margin: 10 } as const;

export interface Placed {
  /** The node's place in the graph's list. */
  readonly node: number;
  /** Upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface Wire {
  readonly from: number;
  readonly to: number;
  /** SVG path. */
  readonly path: string;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
  readonly wires: readonly Wire[];
}

export function layoutMap({ nodes, edges }: ModelGraph): MapLayout {
  const graph = new graphlib.Graph();
  graph.setGraph({
    rankdir: 'TB',
    nodesep: GAP.across,
    ranksep: GAP.down,
    marginx: GAP.margin,
    marginy: GAP.margin,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  nodes.forEach((_, i) => graph.setNode(String(i), { ...NODE }));
  for (const [from, to] of edges) graph.setEdge(String(from), String(to));
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: nodes.map((_, node) => {
      const { x, y } = graph.node(String(node));
      return { node, x: x - NODE.width / 2, y: y - NODE.height / 2 };
    }),
    wires: graph.edges().map((edge) => ({
      from: Number(edge.v),
      to: Number(edge.w),
      path: smooth(graph.edge(edge).points ?? []),
    })),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A curve through the middles between its bends: no corner, and it ends where it should. */
function smooth(points: readonly Point[]): string {
  if (points.length < 2) return '';
  const at = ({ x, y }: Point): string => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
  const pieces = points.slice(1, -1).map((bend, i) => {
    const next = points[i + 2];
    const end =
      i === points.length - 3 ? next : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 };
    return `Q${at(bend)} ${at(end)}`;
  });
  if (pieces.length === 0) return `M${at(points[0])}L${at(points[1])}`;
  return `M${at(points[0])}${pieces.join('')}`;
}
