import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  flag,
  followUrl,
  integer,
  mergeHash,
  names,
  oneOf,
  optional,
  parseHash,
  persisted,
  range,
  text,
} from './url';

const HOSTILE = ['', 'a,b', 'x=y&z', '<b>', '%2e', 'line\nbreak', '🦄', '#', '100%'];

describe('codecs', () => {
  it.each([
    [integer, '12', 12],
    [integer, '-3', -3],
    [integer, '1.5', null],
    [integer, 'NaN', null],
    [integer, '', null],
    [flag, '1', true],
    [flag, 'yes', null],
    [range, '3:7.5', [3, 7.5]],
    [range, '7:3', null],
    [range, '7', null],
    [oneOf('a', 'b'), 'b', 'b'],
    [oneOf('a', 'b'), 'c', null],
    [names, 'a,b%2Cc', ['a', 'b,c']],
  ])('%o reads %s as %j', (codec, written, expected) => {
    expect(codec.parse(written)).toEqual(expected);
  });

  it('bring any list of names back', () => {
    for (const list of [HOSTILE, [''], [], ['%'], ['', '']]) {
      expect(names.parse(names.format(list)!)).toEqual(list);
    }
  });
});

describe('the fragment', () => {
  it('keeps what is not ours, and brings any text back', () => {
    const values = new Map(HOSTILE.map((value, i) => [`k${i}`, value]));
    const hash = mergeHash('#deepdebug&p.other.run=b&p.deepdebug.k0=1', values);
    expect(hash.startsWith('#deepdebug&p.other.run=b&p.deepdebug.')).toBe(true);
    expect(parseHash(hash)).toEqual(values);
  });

  it('leaves out what is null', () => {
    expect(mergeHash('#deepdebug', new Map([['step', null]]))).toBe('#deepdebug');
  });

  it('leaves out the longest values where it would be too long, and follows all others', () => {
    const values = new Map([
      ['runs', 'r'.repeat(90)],
      ['step', '120'],
      ['filter', 'f'.repeat(40)],
      ['unit', '7'],
    ]);
    const kept = (longest: number): string[] => [
      ...parseHash(mergeHash('#deepdebug&p.other.run=b', values, longest)).keys(),
    ];
    expect(kept(1000)).toEqual(['runs', 'step', 'filter', 'unit']);
    expect(kept(200)).toEqual(['step', 'filter', 'unit']);
    expect(kept(100)).toEqual(['step', 'unit']);
    expect(mergeHash('#deepdebug&p.other.run=b', values, 0)).toBe('#deepdebug&p.other.run=b');
  });

  it('survives escapes that are none', () => {
    expect(parseHash('#x&p.deepdebug.run=100%').get('run')).toBe('100%');
  });
});

describe('persisted', () => {
  let stop = (): void => undefined;
  beforeEach(() => (window.location.hash = '#deepdebug&p.deepdebug.start=7&p.deepdebug.bad=x'));
  afterEach(() => stop());

  it('starts from the address, and from the default where the address is wrong', () => {
    expect(persisted('start', 0, integer).value).toBe(7);
    expect(persisted('bad', 3, integer).value).toBe(3);
    expect(persisted('missing', null, optional(text)).value).toBeNull();
  });

  it('writes changes and takes the default out again', () => {
    const state = persisted<number | null>('written', null, optional(integer));
    stop = followUrl();
    state.value = 40;
    expect(window.location.hash).toContain('p.deepdebug.written=40');
    state.value = null;
    expect(window.location.hash).not.toContain('written');
    expect(window.location.hash).toContain('#deepdebug');
  });

  it('keeps what only later code will read', () => {
    window.location.hash = '#deepdebug&p.deepdebug.later=4&p.deepdebug.early=1';
    const early = persisted('early', 0, integer);
    stop = followUrl();
    early.value = 2;
    expect(parseHash(window.location.hash).get('later')).toBe('4');
    const later = persisted('later', 0, integer);
    expect(later.value).toBe(4);
    later.value = 0;
    expect(parseHash(window.location.hash).get('early')).toBe('2');
    expect(parseHash(window.location.hash).has('later')).toBe(false);
  });

  it('tells an empty choice from none', () => {
    const state = persisted<readonly string[] | null>('chosen', null, optional(names));
    stop = followUrl();
    state.value = [];
    expect(parseHash(window.location.hash).get('chosen')).toBe('');
  });

  it('follows an address that is edited', () => {
    const state = persisted('edited', 0, integer);
    stop = followUrl();
    window.location.hash = '#deepdebug&p.deepdebug.edited=5';
    window.dispatchEvent(new Event('hashchange'));
    expect(state.value).toBe(5);
  });
});
