/** Puts a text on the clipboard, and says for a moment that it is there. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { copied } from './clipboard';

const SAID_MS = 2000;

export function CopyButton({
  label,
  text,
}: {
  readonly label: string;
  /** Asked when it is copied. */
  readonly text: () => string;
}): JSX.Element {
  const [said, setSaid] = useState<string | null>(null);
  const timer = useRef(0);
  const copy = async (): Promise<void> => {
    setSaid((await copied(text())) ? 'Copied' : 'The browser does not allow it');
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setSaid(null), SAID_MS);
  };
  return (
    <span class="copy">
      <span class="muted small" role="status">
        {said}
      </span>
      <button class="button" onClick={() => void copy()}>
        {label}
      </button>
    </span>
  );
}
