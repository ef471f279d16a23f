/** The thing to do about a check or one of its items. */
import type { JSX } from 'preact';
import { Said } from './said';

export function Next({ text }: { readonly text: string }): JSX.Element {
  return (
    <span class="next clamped">
      <strong>Next:</strong> <Said text={text} />
    </span>
  );
}
