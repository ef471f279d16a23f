/** The panels of the page, from top to bottom. */
import type { PanelSpec } from '../ui/panel';
import { activations } from './activations';
import { amnesia } from './amnesia';
import { preactivations } from './preactivations';

export const PANELS: readonly PanelSpec[] = [activations, preactivations, amnesia];
