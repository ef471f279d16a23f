import { describe, expect, it } from 'vitest';
import { decode } from './answer';
import { consequences, depthOf, isNote, trees } from './chain';
import example from './example.json';

const of = decode(example)!;

describe('what follows from what', () => {
  const roots = trees(of.findings);

  it('is told from the cause on, each before what follows from it', () => {
    expect(roots.map(({ finding }) => finding.rule)).toEqual(['never-firing', 'clones']);
    expect(consequences(roots[0]).map(({ finding, depth }) => [finding.rule, depth])).toEqual([
      ['constant-over-time', 0],
      ['amnesia', 1],
      ['frozen', 0],
      ['stalled', 0],
    ]);
    expect([...depthOf(of).values()]).toEqual([0, 1, 2, 1, 1, 0]);
  });

  it('is a note unless something graver follows from it', () => {
    expect(roots.map(isNote)).toEqual([false, true]);
    const findings = of.findings.map((one) => ({ ...one, severity: 'INFO' as const }));
    expect(isNote(trees(findings)[0])).toBe(true);
    findings[2] = { ...findings[2], severity: 'INFO' };
    const graver = findings.map((one, i) =>
      i === 2 ? { ...one, severity: 'WARNING' as const } : one,
    );
    expect(isNote(trees(graver)[0])).toBe(false);
  });
});
