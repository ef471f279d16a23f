import { describe, expect, it } from 'vitest';
import { layerRows, neighbours } from './layers';
import type { GraphNode, ModelGraph } from './model';

function node(name: string, ...records: string[]): GraphNode {
  return { name, kind: 'Layer', activation: null, shape: null, parameters: 0, records };
}

/** conv1 -> drop -> add -> lstm -> out, with a skip from conv1 to add past conv2. */
const graph: ModelGraph = {
  nodes: [
    node('conv1', 'conv1'),
    node('drop'),
    node('conv2', 'conv2'),
    node('add'),
    node('lstm', 'lstm/input', 'lstm', 'lstm/forget'),
    node('shared', 'shared', 'shared#2'),
    node('gru', 'gru/update'),
    node('odd'),
    node('out', 'out'),
  ],
  edges: [
    [0, 1],
    [1, 2],
    [1, 3],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 8],
  ],
};
const NAMES = ['out', 'shared#2', 'lstm/input', 'lstm/forget', 'lstm', 'conv2', 'conv1', 'shared'];

const written = (rows: ReturnType<typeof layerRows>) =>
  rows.map(({ label, nested, recorded, missing }) =>
    [nested ? '  ' : '', label, recorded ? '' : ' -', missing ? ` (${missing})` : ''].join(''),
  );

describe('the list of layers', () => {
  it('follows the graph, with gates and later calls below their layer', () => {
    expect(written(layerRows(NAMES, [{ graph, notes: [] }]))).toEqual([
      ...['conv1', 'conv2', 'lstm', '  input', '  forget', 'shared', '  #2', 'out'],
    ]);
  });

  it('shows what was not measured, and why, where a note speaks of a layer', () => {
    const notes = [
      { what: 'odd', reason: 'no output', step: null },
      { what: 'activations of lstm/cell', reason: 'fused', step: 4 },
      { what: 'gates of gru', reason: 'another kernel', step: null },
      { what: 'the learning rate', reason: 'none', step: null },
    ];
    expect(written(layerRows([...NAMES, 'gru/update'], [{ graph, notes }]))).toEqual([
      ...['conv1', 'conv2', 'lstm', '  input', '  forget', '  cell - (fused)', 'shared', '  #2'],
      ...['gru - (another kernel)', '  update', 'odd - (no output)', 'out'],
    ]);
  });

  it('writes one record of a layer in full', () => {
    expect(written(layerRows(['gru/update'], [{ graph, notes: [] }]))).toEqual(['gru/update']);
  });

  it('goes on with the layers that only another run has, and lists none twice', () => {
    const other: ModelGraph = { nodes: [node('odd', 'odd'), node('conv1', 'conv1')], edges: [] };
    const notes = [{ what: 'odd', reason: 'no output', step: null }];
    const models = [
      { graph, notes },
      { graph: other, notes },
    ];
    expect(written(layerRows(['conv1', 'x'], models))).toEqual([
      ...['conv1', 'odd - (no output)', 'x'],
    ]);
    expect(written(layerRows(['odd', 'conv1'], models))).toEqual(['conv1', 'odd']);
  });

  it('is as the records were met where there is no graph, or it does not know them', () => {
    expect(written(layerRows(['b', 'a'], []))).toEqual(['b', 'a']);
    expect(written(layerRows(['b', 'conv1'], [{ graph, notes: [] }]))).toEqual(['conv1', 'b']);
  });
});

describe('what stands around a layer', () => {
  const around = (name: string) => {
    const found = neighbours(graph, new Set(NAMES), name);
    return found && [found.before, found.layer.name, found.after];
  };

  it('passes over layers without records, and follows every branch', () => {
    expect(around('conv1')).toEqual([[], 'conv1', ['conv2', 'lstm']]);
    expect(around('lstm')).toEqual([['conv1', 'conv2'], 'lstm', ['shared']]);
  });

  it('takes a gate for its layer', () => {
    expect(around('lstm/forget')).toEqual(around('lstm'));
    expect(neighbours(graph, new Set(NAMES), 'lstm/forget')!.parts).toEqual([
      ...['lstm', 'lstm/input', 'lstm/forget'],
    ]);
  });

  it('knows nothing of a record that the graph does not have', () => {
    expect(around('elsewhere')).toBeNull();
  });

  it('ends where edges run in a circle', () => {
    const circle: ModelGraph = {
      nodes: graph.nodes,
      edges: [
        [1, 3],
        [3, 1],
        [0, 1],
      ],
    };
    expect(neighbours(circle, new Set(NAMES), 'conv1')!.after).toEqual([]);
  });
});
