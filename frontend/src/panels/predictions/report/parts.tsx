/** What the parts of the report share. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ForestLook } from '../../../chart/forest';

export function Part({
  id,
  title,
  note,
  children,
}: {
  /** Also its place on a narrow page. */
  readonly id: string;
  readonly title: string;
  /** Beside the title, muted. */
  readonly note?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`report-part report-${id}`} aria-label={title}>
      <h3>
        {title}
        {note && <span class="muted small">{note}</span>}
      </h3>
      {children}
    </section>
  );
}

/** What is not the point, one click away; drawn when it is opened. */
export function Fold({
  summary,
  open = false,
  children,
}: {
  readonly summary: string;
  readonly open?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const [shown, setShown] = useState(open);
  return (
    <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {shown && children}
    </details>
  );
}

/** Dots and rings, and what they stand for. */
export function LookLegend({ looks }: { readonly looks: readonly ForestLook[] }): JSX.Element {
  return (
    <ul class="legend small muted" aria-label="Legend">
      {looks.map(({ name, colour, hollow }) => (
        <li key={name}>
          <span
            class={hollow ? 'report-dot ring' : 'report-dot'}
            style={{ [hollow ? 'borderColor' : 'background']: colour }}
          />
          {name}
        </li>
      ))}
    </ul>
  );
}
