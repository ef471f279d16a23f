/** Both themes' colours, for CSS and canvas alike; surfaces as in TensorBoard's own pages. */
import { computed } from '@preact/signals';
import { fontsLoaded, theme } from '../state';

export interface Colours {
  /** Behind the cards. */
  readonly page: string;
  /** Of cards and the rail. */
  readonly surface: string;
  /** Of controls, and where the pointer is. */
  readonly raised: string;
  readonly text: string;
  readonly muted: string;
  /** Borders. */
  readonly line: string;
  /** Gridlines. */
  readonly grid: string;
  readonly accent: string;
  /** Text on the accent. */
  readonly onAccent: string;
  readonly good: string;
  readonly warning: string;
  readonly bad: string;
  /** Worse than bad, and worth a word without being bad. */
  readonly critical: string;
  readonly note: string;
  /** No data: masked or unreachable. */
  readonly void: string;
  readonly font: string;
  readonly scheme: 'light' | 'dark';
}

const font = 'Roboto, "Helvetica Neue", Arial, sans-serif';

const LIGHT: Colours = {
  page: '#f5f6f7',
  surface: '#ffffff',
  raised: '#f1f3f4',
  text: '#212121',
  muted: '#5f6368',
  line: '#e0e0e0',
  grid: '#ebedef',
  accent: '#c75300',
  onAccent: '#ffffff',
  good: '#188038',
  warning: '#b06000',
  bad: '#c5221f',
  critical: '#8c1d7b',
  note: '#1967b3',
  void: '#e3e6e9',
  font,
  scheme: 'light',
};

const DARK: Colours = {
  page: '#3a3a3a',
  surface: '#303030',
  raised: '#424242',
  text: '#f1f1f1',
  muted: '#b8bcc0',
  line: '#555555',
  grid: '#424242',
  accent: '#ffa657',
  onAccent: '#1f1f1f',
  good: '#81c995',
  warning: '#fdd663',
  bad: '#f28b82',
  critical: '#ff8ade',
  note: '#8ab8f0',
  void: '#4c4c4c',
  font,
  scheme: 'dark',
};

/** Reading it in a component or an effect redraws on a change of theme, and when fonts have come. */
export const colours = computed<Colours>(() => {
  void fontsLoaded.value;
  return { ...(theme.value === 'dark' ? DARK : LIGHT) };
});

/** The CSS variables: `--page`, `--surface`, ... */
export function variables(of: Colours): string {
  return Object.entries(of)
    .map(([name, value]) => `--${name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase())}: ${value};`)
    .join(' ');
}
