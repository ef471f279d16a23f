/** The TensorBoard around us: theme, fonts and reloads. Every part of it may be missing. */
import { batch } from '@preact/signals';
import { fetchIndex, forget, revision } from './api';
import type { Index, RecordInfo, RunInfo } from './api';
import { fontsLoaded, index, indexError, theme } from './state';

const POLL_MS = 10_000;

/** Follows the host until the function it returns is called. */
export function followHost(): () => void {
  const stops = [followTheme(), followReloads()];
  borrowFonts();
  takeFocus();
  return () => stops.forEach((stop) => stop());
}

/** Reads the index now; what it shows changes only where the log has. */
export async function refresh(force = false): Promise<void> {
  try {
    const next = await fetchIndex();
    const changed = next !== index.peek();
    batch(() => {
      if (rewritten(index.peek(), next)) forget();
      indexError.value = null;
      index.value = next;
      if (changed || force) revision.value++;
    });
  } catch (error) {
    indexError.value = error instanceof Error ? error.message : String(error);
  }
}

/** True if what was there has been written anew, so that old answers may be wrong. */
export function rewritten(before: Index | null, now: Index): boolean {
  const key = (run: RunInfo, { name, kind }: RecordInfo): string =>
    JSON.stringify([run.name, name, kind]);
  const found = new Map<string, RecordInfo>();
  for (const run of now.runs) {
    for (const record of run.records) found.set(key(run, record), record);
  }
  return (before?.runs ?? []).some((run) =>
    run.records.some((record) => isAnother(record, found.get(key(run, record)))),
  );
}

// Only the ends tell: TensorBoard keeps a sample of the steps, so those in the middle come and go.
function isAnother(before: RecordInfo, now: RecordInfo | undefined): boolean {
  const [last, latest] = [before.steps.at(-1), now?.steps.at(-1)];
  if (last === undefined) return false;
  if (!now || latest === undefined || latest < last) return true;
  return latest === last ? now.wall_time !== before.wall_time : now.wall_time < before.wall_time;
}

// TensorBoard sends no theme; its page carries it as a class of the body.
function followTheme(): () => void {
  const body = parentBody();
  const media = window.matchMedia('(prefers-color-scheme: dark)');
  const read = (): void => {
    const dark = body ? body.classList.contains('dark-mode') : media.matches;
    theme.value = dark ? 'dark' : 'light';
  };
  read();
  if (!body) {
    media.addEventListener('change', read);
    return () => media.removeEventListener('change', read);
  }
  const observer = new MutationObserver(read);
  observer.observe(body, { attributes: true, attributeFilter: ['class'] });
  return () => observer.disconnect();
}

function parentBody(): HTMLElement | null {
  try {
    return window.parent === window ? null : window.parent.document.body;
  } catch {
    return null;
  }
}

// Our frame knows no fonts; TensorBoard's page declares Roboto, which this repeats.
function borrowFonts(): void {
  try {
    if (window.parent === window) return;
    // As text: making rule objects of TensorBoard's style sheets would take 20 ms.
    const sheets = [...window.parent.document.querySelectorAll('style')].map(
      (sheet) => sheet.textContent,
    );
    const faces = sheets.flatMap(
      (sheet) => sheet.match(/@font-face\s*{[^}]*['"]Roboto['"][^}]*}/g) ?? [],
    );
    const style = document.createElement('style');
    style.textContent = faces.join('\n');
    document.head.append(style);
    const wanted = ['12px Roboto', '500 12px Roboto'].map((font) => document.fonts.load(font));
    void Promise.all(wanted).then(() => (fontsLoaded.value = true));
  } catch {
    // The system's own font will do.
  }
}

// Keys reach us only with the focus. It is taken from nobody: where TensorBoard's tab bar has it, its
// arrow keys stay its own.
function takeFocus(): void {
  try {
    const { activeElement, body } = window.parent.document;
    if (activeElement === body) window.focus();
  } catch {
    // A click into the page will do.
  }
}

function followReloads(): () => void {
  const close = onHostMessage((type) => {
    if (type === 'experimental.DataReloaded') void refresh(true);
  });
  const tick = (): void => {
    if (isVisible()) void refresh();
  };
  const timer = window.setInterval(tick, POLL_MS);
  // A tab that comes back into view must not show old data for up to ten seconds.
  let wasVisible = isVisible();
  const onResize = (): void => {
    if (isVisible() && !wasVisible) tick();
    wasVisible = isVisible();
  };
  window.addEventListener('resize', onResize);
  return () => {
    window.clearInterval(timer);
    window.removeEventListener('resize', onResize);
    close();
  };
}

/** TensorBoard keeps hidden plugins alive with a height of zero. */
function isVisible(): boolean {
  return document.visibilityState === 'visible' && window.innerHeight > 0;
}

/** TensorBoard's plugin messages come over a port that is handed to the parent page. */
function onHostMessage(receive: (type: string) => void): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => {
    const message = parseMessage(data);
    if (!message || message.isReply) return;
    receive(message.type);
    port1.postMessage(JSON.stringify({ ...message, payload: null, isReply: true }));
  };
  try {
    if (window.parent !== window) window.parent.postMessage('experimental.bootstrap', '*', [port2]);
  } catch {
    // Without a host there is nobody to listen to; the poll still finds new data.
  }
  return () => port1.close();
}

interface Message {
  readonly type: string;
  readonly id: number;
  readonly isReply: boolean;
}

function parseMessage(data: unknown): Message | null {
  try {
    const message: unknown = JSON.parse(String(data));
    return message && typeof message === 'object' && 'type' in message
      ? (message as Message)
      : null;
  } catch {
    return null;
  }
}
