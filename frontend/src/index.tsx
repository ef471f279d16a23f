/** The DeepDebug tab: TensorBoard imports this module and calls render(). */
import { render as mount } from 'preact';

export function render(): void {
  mount(<main>DeepDebug</main>, document.body);
}
