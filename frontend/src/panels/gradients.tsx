/** Do gradients vanish or explode with depth, do weights move? */
import { lazy } from '../ui/lazy';
import type { PanelSpec } from '../ui/panel';

export const gradients: PanelSpec = {
  id: 'gradients',
  title: 'Gradients and weights',
  question: 'Do gradients vanish or explode with depth, do weights move?',
  kind: 'health',
  optional: true,
  wide: true,
  component: lazy(async () => (await import('./gradients/panel')).Gradients),
};
