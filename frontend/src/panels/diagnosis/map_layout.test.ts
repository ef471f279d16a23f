import { describe, expect, it } from 'vitest';
import type { ModelGraph } from '../../model';
import { layoutMap, NODE } from './map_layout';

function chain(count: number, skips: readonly (readonly [number, number])[] = []): ModelGraph {
  return {
    nodes: Array.from({ length: count }, (_, i) => ({
      name: `layer_${i}`,
      kind: 'Dense',
      activation: null,
      shape: null,
      parameters: 0,
      records: [],
    })),
    edges: [...Array.from({ length: count - 1 }, (_, i) => [i, i + 1] as const), ...skips],
  };
}

describe('the layer map', () => {
  it('runs downwards from the inputs, without two layers in one place', () => {
    const { nodes, wires, width, height } = layoutMap(
      chain(200, [
        [3, 9],
        [10, 30],
      ]),
    );
    expect(nodes).toHaveLength(200);
    const ys = nodes.map(({ y }) => y);
    expect(ys).toEqual([...ys].sort((a, b) => a - b));
    expect(Math.min(...ys.slice(1).map((y, i) => y - ys[i]))).toBeGreaterThan(NODE.height);
    for (const { x, y } of nodes) {
      expect(x >= 0 && x + NODE.width <= width && y >= 0 && y + NODE.height <= height).toBe(true);
    }
    expect(wires).toHaveLength(201);
  });

  it('leads each wire from below its layer to above the next', () => {
    const { nodes, wires } = layoutMap(chain(3, [[0, 2]]));
    for (const { from, to, path } of wires) {
      const numbers = path.match(/-?[\d.]+/g)!.map(Number);
      expect(numbers[1]).toBeCloseTo(nodes[from].y + NODE.height, 0);
      expect(numbers.at(-1)).toBeCloseTo(nodes[to].y, 0);
    }
  });

  it('takes layers that nothing leads to', () => {
    const { nodes } = layoutMap({ ...chain(3), edges: [] });
    expect(new Set(nodes.map(({ x }) => x)).size).toBe(3);
  });
});
