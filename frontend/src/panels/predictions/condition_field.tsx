/** Selects rows by a condition on their columns, for the keyboard as well as for the pointer. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { condition } from './choices';
import type { Table } from './table';

export function ConditionField({
  table,
  problem,
}: {
  readonly table: Table;
  readonly problem: string | null;
}): JSX.Element | null {
  const typed = useSignal<string | null>(null);
  if (table.columns.length === 0) return null;
  const set = (text: string): void => {
    condition.value = text.trim() === '' ? null : text.trim();
    typed.value = null;
  };
  return (
    <form
      class="rows-condition"
      onSubmit={(event) => {
        event.preventDefault();
        set(typed.value ?? condition.value ?? '');
      }}
    >
      <label>
        <span class="muted">rows where</span>
        <input
          type="text"
          spellcheck={false}
          autocomplete="off"
          aria-label="Rows where"
          aria-invalid={problem !== null}
          placeholder={example(table)}
          value={typed.value ?? condition.value ?? ''}
          onInput={(event) => (typed.value = event.currentTarget.value)}
          onChange={(event) => set(event.currentTarget.value)}
        />
      </label>
      {problem !== null && (
        <p class="small" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

/** Something that would hold for some rows of this very table. */
function example({ columns }: Table): string {
  const [{ name, names }] = columns;
  const word = (text: string): string => (/^[\p{L}\p{N}_.-]+$/u.test(text) ? text : `"${text}"`);
  return names ? `${word(name)} == ${word(names[0] ?? '')}` : `${word(name)} > 0`;
}
