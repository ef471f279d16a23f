import { describe, expect, it } from 'vitest';
import type { RunInfo } from '../../api';
import { CATALOGUE, kindOf, shortTitleOf, titleOf } from './catalogue';
import { grouped, matrixOf, rowsOf } from './rows';
import { countWords, urgentFirst, verdictAt, verdictOf } from './verdict';

function run(name: string, verdicts: Readonly<Record<string, number | null>>): RunInfo {
  return {
    name,
    color_index: 0,
    scalars: [],
    records: Object.entries(verdicts).map(([check, verdict]) => ({
      name: check,
      kind: 'check' as const,
      description: '',
      steps: [1],
      wall_time: 1,
      last: verdict === null ? null : { verdict },
    })),
  };
}

const RUN = run('a', {
  baseline: 0,
  'synthetic_task/day_minus_night': 2,
  inputs: 1,
  'synthetic_task/copy': 4,
  later: 0,
});

describe('rowsOf', () => {
  it('lists what was run in the order of the catalogue, what was not, and what is unknown', () => {
    expect(rowsOf(RUN).map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'inputs partial',
      'overfit_small missing',
      'synthetic_task/day_minus_night fail',
      'synthetic_task/copy running',
      'memory_ladder missing',
      'pretrain missing',
      'baseline pass',
      'later pass',
    ]);
  });

  it('groups them', () => {
    const groups = grouped(rowsOf(RUN)).map(({ group, rows }) => [group, rows.length]);
    expect(groups).toEqual([
      ['before', 6],
      ['simple', 1],
      ['other', 1],
    ]);
    expect(grouped(rowsOf(run('b', {}))).map(({ group }) => group)).toEqual(['before', 'simple']);
  });

  it.each([[null], [9], [-1], [0.5], [NaN]])('does not know the verdict %s', (verdict) => {
    expect(rowsOf(run('a', { inputs: verdict }))[0].verdict).toBe('unknown');
  });
});

describe('matrixOf', () => {
  it('has a column for every check that a run has, and counts the runs without any', () => {
    const { columns, lines, without } = matrixOf([
      run('a', { baseline: 0 }),
      run('b', { later: 2, inputs: 1 }),
      run('c', {}),
    ]);
    expect(columns.map(({ id }) => id)).toEqual(['inputs', 'baseline', 'later']);
    expect(lines.map(({ cells }) => cells)).toEqual([
      ['missing', 'pass', 'missing'],
      ['partial', 'missing', 'fail'],
    ]);
    expect(without).toBe(1);
  });
});

describe('verdicts', () => {
  it('are known by place and by word; others are not', () => {
    expect([0, 1, 2, 3, 4, 5, undefined].map(verdictAt)).toEqual([
      ...['pass', 'partial', 'fail', 'unknown', 'running'],
      ...['unknown', 'unknown'],
    ]);
    expect(['pass', 'fail', 'excellent', null, 3].map(verdictOf)).toEqual([
      ...['pass', 'fail', 'unknown', 'unknown', 'unknown'],
    ]);
  });

  it.each([
    [['pass', 'pass', 'fail', 'missing'], '2 of 4 verified, 1 failed, 1 not run'],
    [['running', 'unknown', 'partial'], '0 of 3 verified, 1 partial, 1 running, 1 unknown'],
    [['pass'], '1 of 1 verified'],
    [['missing', 'missing'], 'None of 2 was run'],
  ] as const)('of %j are said as "%s"', (verdicts, words) => {
    expect(countWords(verdicts.map((verdict) => ({ verdict })))).toBe(words);
  });

  it('stand with what failed first, equals in their order', () => {
    const list = (['pass', 'unknown', 'fail', 'partial', 'fail'] as const).map((verdict, i) => ({
      verdict,
      i,
    }));
    expect(urgentFirst(list).map(({ i }) => i)).toEqual([2, 4, 3, 1, 0]);
  });
});

describe('the catalogue', () => {
  it.each([
    ['inputs', 'Input pipeline', 'Input pipeline'],
    ['synthetic_task/day_minus_night', 'Synthetic task: day minus night', 'Task: day minus night'],
    ['synthetic_task/', 'Synthetic task', 'Synthetic task'],
    ['pretrain/copy', 'Pretraining: copy', 'Pretraining: copy'],
    ['inputs_of_another_kind', 'inputs_of_another_kind', 'inputs_of_another_kind'],
    ['constructor', 'constructor', 'constructor'],
  ])('calls %s by its name', (name, title, short) => {
    expect([titleOf(name), shortTitleOf(name)]).toEqual([title, short]);
  });

  it('says how each is run, by the function of its name', () => {
    for (const { id, code } of CATALOGUE) {
      const called = id === 'inputs' ? 'inspect_inputs' : id;
      expect(code).toContain(`dd.checks.${called}(`);
      expect(kindOf(id)?.id).toBe(id);
    }
  });
});
