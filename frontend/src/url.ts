/** View state in the page's address, so that a link reopens the same view. */
import { effect, signal } from '@preact/signals';
import type { Signal } from '@preact/signals';

export interface Codec<T> {
  /** null where the text says nothing sensible: the default then holds. */
  readonly parse: (text: string) => T | null;
  /** null stands for "nothing chosen" and is never written. */
  readonly format: (value: T) => string | null;
}

export const text: Codec<string> = { parse: (value) => value, format: (value) => value };

export const integer: Codec<number> = {
  parse: (value) => (/^-?\d{1,15}$/.test(value) ? Number(value) : null),
  format: String,
};

export const flag: Codec<boolean> = {
  parse: (value) => (value === '1' ? true : value === '0' ? false : null),
  format: (value) => (value ? '1' : '0'),
};

/** Names joined by commas; a comma inside a name is escaped, a name without letters is a bare %. */
export const names: Codec<readonly string[]> = {
  parse: (value) =>
    value === '' ? [] : value.split(',').map((name) => (name === '%' ? '' : decode(name))),
  format: (value) => value.map((name) => encodeURIComponent(name) || '%').join(','),
};

/** Two numbers, the ends of a window; null where they are not in order. */
export const range: Codec<readonly [number, number]> = {
  parse: (value) => {
    const ends = value.split(':').map(Number);
    return ends.length === 2 && ends[0] < ends[1] ? [ends[0], ends[1]] : null;
  },
  format: ([from, to]) => `${from}:${to}`,
};

export function oneOf<T extends string>(...choices: readonly T[]): Codec<T> {
  return {
    parse: (value) => choices.find((choice) => choice === value) ?? null,
    format: (value) => value,
  };
}

export function optional<T>(codec: Codec<T>): Codec<T | null> {
  return {
    parse: codec.parse,
    format: (value) => (value === null ? null : codec.format(value)),
  };
}

const PREFIX = 'p.deepdebug.';
/** In characters: some browsers and chat programs cut longer addresses. */
const MAX_LENGTH = 6000;

interface Entry {
  readonly key: string;
  readonly read: (text: string | undefined) => void;
  /** The text to write, or null while the default holds. */
  readonly write: () => string | null;
}

const entries: Entry[] = [];
/** Code that comes later brings keys of its own. */
const known = signal(0);

/** A signal that lives in the address under `p.deepdebug.<key>`. The default is not written. */
export function persisted<T>(key: string, initial: T, codec: Codec<T>): Signal<T> {
  const state = signal(initial);
  const standard = codec.format(initial);
  const read = (value: string | undefined): void => {
    const parsed = value === undefined ? null : codec.parse(value);
    const next = parsed === null ? initial : parsed;
    if (codec.format(next) !== codec.format(state.peek())) state.value = next;
  };
  const write = (): string | null => {
    const formatted = codec.format(state.value);
    return formatted === standard ? null : formatted;
  };
  read(parseHash(currentHash()).get(key));
  entries.push({ key, read, write });
  known.value++;
  return state;
}

/** Starts to write changes into the address and to follow the address when it is edited. */
export function followUrl(): () => void {
  const readAll = (): void => {
    const values = parseHash(currentHash());
    for (const entry of entries) entry.read(values.get(entry.key));
  };
  const page = topWindow();
  page.addEventListener('hashchange', readAll);
  const stop = effect(() => {
    void known.value;
    const values = new Map(entries.map((entry) => [entry.key, entry.write()]));
    replaceHash(mergeHash(currentHash(), values, MAX_LENGTH));
  });
  return () => {
    stop();
    page.removeEventListener('hashchange', readAll);
  };
}

/** Our keys and values in an address such as `#deepdebug&p.deepdebug.step=120`. */
export function parseHash(hash: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    if (at > 0 && part.startsWith(PREFIX)) {
      values.set(decode(part.slice(PREFIX.length, at)), decode(part.slice(at + 1)));
    }
  }
  return values;
}

/**
 * The address with our values replaced and everybody else's kept, those of ours too that no code has
 * read yet. Where it would pass `longest` characters the longest values are left out: a choice among
 * a thousand runs, not the step.
 */
export function mergeHash(
  hash: string,
  values: ReadonlyMap<string, string | null>,
  longest = Infinity,
): string {
  const others = hash
    .replace(/^#/, '')
    .split('&')
    .filter((part) => part !== '' && !values.has(keyOf(part)));
  const ours: string[] = [];
  for (const [key, value] of values) {
    if (value !== null) ours.push(`${PREFIX}${key}=${encodeURIComponent(value)}`);
  }
  const bySize = [...ours].sort((a, b) => a.length - b.length);
  const whole = (): string => '#' + [...others, ...ours.filter((part) => kept.has(part))].join('&');
  const kept = new Set(ours);
  while (kept.size > 0 && whole().length > longest) kept.delete(bySize.pop()!);
  return whole();
}

/** The key of a part of the address; one that is none of ours for everybody else's. */
function keyOf(part: string): string {
  return part.startsWith(PREFIX) ? decode(part.slice(PREFIX.length).split('=', 1)[0]) : '';
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

// TensorBoard's page is the parent of ours; under a proxy it may belong to another origin.
function topWindow(): Window {
  try {
    void window.parent.location.hash;
    return window.parent;
  } catch {
    return window;
  }
}

function currentHash(): string {
  return topWindow().location.hash;
}

function replaceHash(hash: string): void {
  const page = topWindow();
  if (hash === page.location.hash) return;
  if (hash === '#' && page.location.hash === '') return;
  try {
    // The whole address: a bare fragment would be resolved against the page's <base>.
    const { pathname, search } = page.location;
    page.history.replaceState(page.history.state, '', pathname + search + hash);
  } catch {
    // The view works without an address to share.
  }
}
