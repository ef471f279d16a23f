import { describe, expect, it } from 'vitest';
import CASES from '../../../../tests/analysis/conditions.json';
import { ConditionError, matches, parse, textOf } from './condition';
import { MISSING, type Column, type Table } from './table';

interface Case {
  readonly text: string;
  readonly conditions?: unknown;
  readonly canonical?: string;
  readonly error?: string;
}

describe.each(CASES as readonly Case[])('$text', ({ text, conditions, canonical, error }) => {
  it('means the same as in Python', () => {
    if (error !== undefined) {
      expect(() => parse(text)).toThrow(new ConditionError(error));
      return;
    }
    const found = parse(text);
    expect(found).toEqual(conditions);
    expect(textOf(found)).toBe(canonical);
    expect(parse(canonical!)).toEqual(found);
  });
});

const age: Column = { name: 'age', values: Float32Array.of(20, 40, NaN, 0.1, 60), names: null };
const sex: Column = {
  name: 'the sex',
  values: Uint32Array.of(0, 1, 1, MISSING, 0),
  names: ['female', 'male'],
};
const user: Column = { name: 'user', values: Uint32Array.of(0, 0, 1, 1, 1), names: ['u 1', '2'] };

const table = { rows: 5, columns: [age, sex], group: user } as unknown as Table;

describe('the rows of', () => {
  it.each([
    ['age > 20', [0, 1, 0, 0, 1]],
    ['age >= 20', [1, 1, 0, 0, 1]],
    ['age < 40', [1, 0, 0, 1, 0]],
    ['age <= 40', [1, 1, 0, 1, 0]],
    ['age == 0.1', [0, 0, 0, 1, 0]],
    ['age != 0.1', [1, 1, 0, 0, 1]],
    ['age missing', [0, 0, 1, 0, 0]],
    ['"the sex" == male', [0, 1, 1, 0, 0]],
    ['"the sex" != male', [1, 0, 0, 0, 1]],
    ['"the sex" missing', [0, 0, 0, 1, 0]],
    ['"the sex" == nobody', [0, 0, 0, 0, 0]],
    ['user == "2" and age > 1', [0, 0, 0, 0, 1]],
  ])('%s', (text, rows) => {
    expect([...matches(table, parse(text))]).toEqual(rows);
  });
});

it.each([
  ['weight > 1', 'A condition must be on one of the columns: age, the sex, user. Received: weight'],
  ['age == male', 'Column age holds numbers. Received: age == male'],
  [
    '"the sex" > 1',
    'Column the sex holds categories, quoted where one is a number. Received: "the sex" > 1',
  ],
  ['user == 2', 'Column user holds categories, quoted where one is a number. Received: user == 2'],
])('%s is told why not, as in Python', (text, reason) => {
  expect(() => matches(table, parse(text))).toThrow(new ConditionError(reason));
});
