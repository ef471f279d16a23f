import { expect, it } from 'vitest';
import { stepsByName } from './view_state';

it.each([
  [[]],
  [[['a', 10]]],
  [
    [
      ['["r,u%n","c"]', 0],
      ['', -3],
    ],
  ],
] as [string, number][][][])('brings %j back from the address', (pairs) => {
  expect(stepsByName.parse(stepsByName.format(new Map(pairs))!)).toEqual(new Map(pairs));
});

it.each(['a', 'a,b', 'a,10,b', 'a,1.5'])('reads nothing from %s', (text) => {
  expect(stepsByName.parse(text)).toBeNull();
});
