/** The lines of code that run a check, to be copied. */
import type { JSX } from 'preact';
import { CopyButton } from '../../ui/copy_button';
import type { CheckKind } from './catalogue';

export function HowToRun({ kind }: { readonly kind: CheckKind }): JSX.Element {
  return (
    <div class="how-to-run">
      <pre tabIndex={0} aria-label={`Code to run: ${kind.title}`}>
        {kind.code}
      </pre>
      <CopyButton label="Copy" text={() => kind.code} />
    </div>
  );
}
