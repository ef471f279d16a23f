import { useStatus } from '../ui/status';
import type { PanelProps, PanelSpec } from '../ui/panel';

export const amnesia: PanelSpec = {
  id: 'amnesia',
  title: 'Amnesia',
  question: '',
  kind: 'input_gradients',
  component: Amnesia,
};

function Amnesia({ panel }: PanelProps) {
  useStatus(panel, [], 'not drawn yet');
  return null;
}
