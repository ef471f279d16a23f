/** A name out of a log: any text at all, cut where there is no room, whole in the tooltip. */
import type { JSX } from 'preact';

const LONGEST_TITLE = 500;

export function Name({ text }: { readonly text: string }): JSX.Element {
  if (text.trim() === '') {
    return <span class="clip nameless">{text === '' ? '(no name)' : '(blank name)'}</span>;
  }
  return (
    <span class="clip" title={text.slice(0, LONGEST_TITLE)}>
      {shortened(text)}
    </span>
  );
}

/** For option elements and spoken labels, which can't be cut by style. */
export function shortened(text: string, length = 120): string {
  const plain = text.replace(/\s+/g, ' ').trim() || '(no name)';
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
}
