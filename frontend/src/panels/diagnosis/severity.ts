/** How much a finding matters, in the order of the server's own scale. */

export const SEVERITIES = ['INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What is written beside the mark. */
export const WORDS: Readonly<Record<Severity, string>> = {
  INFO: 'Note',
  WARNING: 'Warning',
  ERROR: 'Error',
  CRITICAL: 'Critical',
};

const PLURALS: Readonly<Record<Severity, string>> = {
  INFO: 'notes',
  WARNING: 'warnings',
  ERROR: 'errors',
  CRITICAL: 'critical',
};

/** Greater is graver; nothing found is below all. */
export function gravity(severity: Severity | null): number {
  return severity === null ? -1 : SEVERITIES.indexOf(severity);
}

export function graver(a: Severity | null, b: Severity | null): Severity | null {
  return gravity(a) >= gravity(b) ? a : b;
}

/** "1 critical, 2 errors, 3 notes", the gravest first; empty where there is nothing. */
export function countWords(counts: ReadonlyMap<Severity, number>): string {
  return [...SEVERITIES]
    .reverse()
    .flatMap((severity) => {
      const count = counts.get(severity) ?? 0;
      if (count === 0) return [];
      return [`${count} ${count === 1 ? WORDS[severity].toLowerCase() : PLURALS[severity]}`];
    })
    .join(', ');
}
