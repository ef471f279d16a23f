import { expect, it } from 'vitest';
import { matched } from './curves';

it.each<[string, string[], string[], (string | undefined)[]]>([
  ['the same', ['a/kernel', 'a/bias'], ['a/kernel', 'a/bias'], ['a/kernel', 'a/bias']],
  [
    'counted on',
    ['lstm/kernel', 'gru_3/bias'],
    ['lstm_1/kernel', 'gru/bias'],
    ['lstm_1/kernel', 'gru/bias'],
  ],
  [
    'numbered layers',
    ['dense/w', 'dense_1/w', 'dense_2/w'],
    ['dense/w', 'dense_1/w'],
    ['dense/w', 'dense_1/w', undefined],
  ],
  ['several that could be meant', ['dense/w'], ['dense_3/w', 'dense_4/w'], [undefined]],
  ['strangers', ['conv/w'], ['lstm/w'], [undefined]],
])('finds names that are %s', (_, names, theirs, expected) => {
  expect(matched(names, new Map(theirs.map((name) => [name, name])))).toEqual(expected);
});
