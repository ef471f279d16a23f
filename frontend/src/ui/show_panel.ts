/** Takes the person to another panel. */
import { folded } from '../state';

export function unfold(id: string): void {
  folded.value = folded.value.filter((other) => other !== id);
}

/** Scrolls to a panel and hands the focus on to it. */
export function showPanel(id: string): void {
  const card = document.querySelector<HTMLElement>(`[data-panel=${id}]`);
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  card?.scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'start' });
  card?.querySelector<HTMLElement>('header button')?.focus({ preventScroll: true });
}
