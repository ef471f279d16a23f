/** A diagnosis as plain text, to paste into a mail or an issue. */
import type { Diagnosis, Finding } from './answer';
import { isNote, trees } from './chain';
import type { Tree } from './chain';
import { countWords, WORDS } from './severity';
import { appliedWords, changeWords, sentence, sinceWords, valueWords } from './words';

export function report(of: Diagnosis): string {
  const all = trees(of.findings);
  const [causes, notes] = [all.filter((tree) => !isNote(tree)), all.filter(isNote)];
  const counts = countWords(of.counts);
  return [
    `${of.run}: ${of.headline || 'no finding'}${counts ? ` (${counts})` : ''}`,
    ...(of.impact ? [sentence(of.impact)] : []),
    ...causes.flatMap((tree, i) => ['', ...cause(tree, i + 1)]),
    ...(notes.length > 0 ? ['', 'Notes'] : []),
    ...notes.map(({ finding }) => `- ${place(finding)}: ${sentence(finding.message)}`),
    '',
    `${appliedWords(of)}.`,
  ].join('\n');
}

function cause({ finding, follows }: Tree, count: number): readonly string[] {
  return [
    `${count}. ${WORDS[finding.severity].toUpperCase()} ${place(finding)}`,
    `   ${sentence(finding.message)}`,
    ...finding.before.map((words) => `   Just before: ${sentence(words)}`),
    ...finding.evidence.map((one) => `   - ${one.what}: ${valueWords(one)}`),
    ...follows.flatMap((tree) => link(tree, '   ')),
    ...finding.fixes.map((fix) => {
      const change = changeWords(fix);
      return `   Try: ${fix.action}${change ? ` (${change})` : ''}. ${sentence(fix.reason)}`;
    }),
  ];
}

function link({ finding, follows }: Tree, indent: string): readonly string[] {
  const because = finding.because === '' ? '' : ` (because ${finding.because})`;
  return [
    `${indent}-> ${place(finding)}: ${sentence(finding.message)}${because}`,
    ...follows.flatMap((tree) => link(tree, `${indent}   `)),
  ];
}

function place(finding: Finding): string {
  const where = finding.layer === null ? '' : ` in ${finding.layer}`;
  const since = sinceWords(finding);
  return `${finding.title}${where}${since ? `, ${since}` : ''}`;
}
