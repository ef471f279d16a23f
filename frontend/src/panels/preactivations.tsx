import { useStatus } from '../ui/status';
import type { PanelProps, PanelSpec } from '../ui/panel';

export const preactivations: PanelSpec = {
  id: 'preactivations',
  title: 'Preactivations',
  question: 'Where do a layer’s inputs lie relative to zero?',
  kind: 'preactivations',
  component: Preactivations,
};

function Preactivations({ panel }: PanelProps) {
  useStatus(panel, [], 'not drawn yet');
  return null;
}
