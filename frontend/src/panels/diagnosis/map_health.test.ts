import { describe, expect, it } from 'vitest';
import type { GraphNode, ModelGraph } from '../../model';
import { decode } from './answer';
import example from './example.json';
import { effectsAt, healthAt, placesOf } from './map_health';

function node(name: string, records: readonly string[] = [name]): GraphNode {
  return { name, kind: 'Dense', activation: null, shape: null, parameters: 0, records };
}

const NAMES = ['input', 'conv_1', 'conv_2', 'pool', 'conv_3', 'lstm', 'output'];
const graph: ModelGraph = {
  nodes: NAMES.map((name) => node(name)),
  edges: [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 6],
    [0, 5],
  ],
};
const { findings } = decode(example)!;
const places = placesOf(graph);

function seen(step: number | null): Record<string, string> {
  const health = healthAt(findings, places, step);
  return Object.fromEntries([...health].map(([at, { severity }]) => [NAMES[at], severity]));
}

describe('the map at a step', () => {
  it.each([
    [0, { conv_1: 'INFO' }],
    [7, { conv_1: 'INFO' }],
    [8, { conv_1: 'INFO', conv_2: 'CRITICAL', conv_3: 'ERROR' }],
    [10, { conv_1: 'ERROR', conv_2: 'CRITICAL', conv_3: 'ERROR' }],
  ])('shows at %i what had begun by then, the worst of each layer', (step, expected) => {
    expect(seen(step)).toEqual(expected);
  });

  it('shows everything at the latest', () => {
    expect(seen(null)).toEqual({
      conv_1: 'ERROR',
      conv_2: 'CRITICAL',
      conv_3: 'ERROR',
      lstm: 'WARNING',
      output: 'WARNING',
    });
  });

  it('knows a layer by the names of its records', () => {
    const parts = placesOf({ nodes: [node('a', ['b', 'a/x']), node('b', [])], edges: [] });
    expect([...parts]).toEqual([
      ['b', 1],
      ['a/x', 0],
      ['a', 0],
    ]);
  });
});

describe('effects', () => {
  const told = (step: number | null): string[] =>
    effectsAt(graph, findings, places, step).map(
      ({ from, to, backwards, severity }) =>
        `${NAMES[from]}${backwards ? ' <- ' : ' -> '}${NAMES[to]} ${severity}`,
    );

  it('go with the data or, where no edge leads there, against them', () => {
    expect(told(null)).toEqual([
      'conv_2 -> pool ERROR',
      'pool -> conv_3 ERROR',
      'conv_3 -> lstm WARNING',
      'lstm -> output WARNING',
      'conv_1 <- conv_2 ERROR',
    ]);
  });

  it('are shown once the consequence has begun', () => {
    expect(told(7)).toEqual([]);
    expect(told(8)).toEqual(['conv_2 -> pool ERROR', 'pool -> conv_3 ERROR']);
  });
});
