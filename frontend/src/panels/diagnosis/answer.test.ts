import { describe, expect, it } from 'vitest';
import type { Fields } from '../../wire';
import { decode } from './answer';
import example from './example.json';

function answer(changes: object): Fields {
  return { ...example, ...changes };
}

function finding(changes: object): Fields {
  return answer({ findings: [{ ...example.findings[0], ...changes }] });
}

describe('an answer', () => {
  it('is read as the server says it', () => {
    const of = decode(example)!;
    expect([of.run, of.severity, of.applied]).toEqual(['relu-dead', 'CRITICAL', 31]);
    expect(of.counts.get('ERROR')).toBe(2);
    expect(of.findings.map(({ id, causedBy }) => [id, causedBy])).toEqual([
      [0, null],
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 0],
      [5, null],
    ]);
    const [first] = of.findings;
    expect(first.evidence.map(({ kind, name, step }) => [kind, name, step])).toEqual([
      ['activations', 'conv_2', 600],
      ['health', 'training', 6],
      ['preactivations', 'conv_2', 600],
    ]);
    expect(first.evidence[1].picture!.y[5]).toBeNaN();
    expect(first.fixes.map(({ value }) => value)).toEqual(['0.001', 'leaky_relu', '1.0']);
    expect(of.notApplicable[2]).toMatchObject({ layer: 'conv_1', title: 'Never-firing units' });
    expect(of.rules.get('never-firing')!.sections[0].heading).toBe('What it means');
  });

  it('of another version is not read at all', () => {
    expect(decode(answer({ version: 2 }))).toBeNull();
    expect(decode({})).toBeNull();
  });

  it.each([
    ['without an id', { id: null }],
    ['of an unknown severity', { severity: 'FATAL' }],
    ['without a rule', { rule: 7 }],
  ])('loses a finding %s', (_, changes) => {
    expect(decode(finding(changes))!.findings).toEqual([]);
  });

  it('takes a finding without all that can be left out', () => {
    const bare = { id: 3, rule: 'frozen', severity: 'ERROR' };
    const [found] = decode(answer({ findings: [bare, null, 'x'] }))!.findings;
    expect(found).toMatchObject({ title: 'frozen', layer: null, layers: [], firstStep: null });
    expect([found.evidence, found.fixes, found.rivals, found.before]).toEqual([[], [], [], []]);
  });

  it.each([
    ['a line with fewer heights than places', { kind: 'line', x: [0, 1], y: [1] }],
    ['bars with as many edges as heights', { kind: 'bars', x: [0, 1], y: [1, 2] }],
    ['places that are not known', { kind: 'line', x: [0, null], y: [1, 2] }],
    ['another kind', { kind: 'pie', x: [0], y: [1] }],
    ['nothing', { kind: 'line', x: [], y: [] }],
  ])('does not draw %s', (_, picture) => {
    const of = decode(finding({ evidence: [{ what: 'this', picture }] }))!;
    expect(of.findings[0].evidence[0].picture).toBeNull();
  });

  it('puts the fix that is best supported first', () => {
    const fixes = [0.1, 0.9, 0.5].map((weight) => ({ action: `a${weight}`, weight }));
    const [found] = decode(finding({ fixes: [...fixes, { weight: 1 }] }))!.findings;
    expect(found.fixes.map(({ action }) => action)).toEqual(['a0.9', 'a0.5', 'a0.1']);
  });

  it.each([
    ['is not there', [null, 9]],
    ['follows from itself', [1, 0]],
  ])('takes a finding whose cause %s for a cause', (_, causes) => {
    const findings = causes.map((caused_by, id) => ({
      id,
      rule: 'r',
      severity: 'INFO',
      caused_by,
    }));
    const found = decode(answer({ findings }))!.findings;
    expect(found.map(({ causedBy }) => causedBy)).toEqual([null, null]);
  });
});
