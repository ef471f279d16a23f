import { expect, it } from 'vitest';
import { failure } from './scrubber';

const none = new Float64Array(0);
const curve = (damaged: string | null) => ({ steps: none, wallTimes: none, values: none, damaged });
const retry = (): void => undefined;
const good = { data: curve(null), reason: null, retry };
const damaged = { data: curve('cut short'), reason: null, retry };
const failed = { data: null, reason: 'no answer', retry };

it.each([
  [[], null],
  [[good, good], null],
  [[good, damaged], { where: 'b', reason: 'cut short', retry: null }],
  [[failed, damaged, failed], { where: 'a and 2 more', reason: 'no answer', retry }],
])('case %#: says which curves are missing, and why', (answers, expected) => {
  expect(failure(answers, ['a', 'b', 'c'])).toEqual(expected);
});
