/** A sentence of a check: plain text from any source, with `code` between backticks. */
import type { JSX } from 'preact';

export function Said({ text }: { readonly text: string }): JSX.Element {
  const parts = text.split(/`([^`\n]+)`/);
  return <>{parts.map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}
