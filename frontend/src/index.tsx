/** The DeepDebug tab: TensorBoard imports this module and calls render(). */
import { render as mount } from 'preact';
import { followHost, refresh } from './host';
import { followUrl } from './url';
import { Guard } from './ui/guard';
import { Shell } from './ui/shell';

export function render(): void {
  // First of all, so that the answer is on its way while the page is built.
  void refresh();
  try {
    followHost();
    followUrl();
    mount(
      <Guard what="DeepDebug">
        <Shell />
      </Guard>,
      document.body,
    );
  } catch (error) {
    // TensorBoard shows a blank page where a plugin throws.
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    document.body.textContent = `DeepDebug could not start.\n\n${reason}`;
    document.body.className = 'fatal';
  }
}
