/** Do the gates of a recurrent layer open and close, or are they stuck? */
import { lazy } from '../ui/lazy';
import type { PanelSpec } from '../ui/panel';

export const gates: PanelSpec = {
  id: 'gates',
  title: 'Gates',
  question: 'Do the gates open and close, or are they stuck?',
  kind: 'gates',
  optional: true,
  wide: true,
  component: lazy(async () => (await import('./gates/panel')).Gates),
};
