import { useStatus } from '../ui/status';
import type { PanelProps, PanelSpec } from '../ui/panel';

export const activations: PanelSpec = {
  id: 'activations',
  title: 'Activations',
  question: 'Do units vary with time, which are dead or constant?',
  kind: 'activations',
  component: Activations,
};

function Activations({ panel }: PanelProps) {
  useStatus(panel, [], 'not drawn yet');
  return null;
}
