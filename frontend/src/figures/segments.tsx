/** A few choices side by side, one of them taken. */
import type { JSX } from 'preact';

export function Segments<T extends string>({
  label,
  name,
  value,
  choices,
  words,
  onChoose,
}: {
  /** For those who can't see the group. */
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly choices: readonly T[];
  /** What is written instead of a choice; default: itself. */
  readonly words?: Readonly<Record<T, string>>;
  readonly onChoose: (choice: T) => void;
}): JSX.Element {
  return (
    <span class="field">
      <span class="muted">{name}</span>
      <span class="segments" role="group" aria-label={label}>
        {choices.map((choice) => (
          <button
            key={choice}
            class="button"
            aria-pressed={choice === value}
            onClick={() => onChoose(choice)}
          >
            {words?.[choice] ?? choice}
          </button>
        ))}
      </span>
    </span>
  );
}
