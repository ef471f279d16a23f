import { render } from 'preact';
import { expect, it } from 'vitest';
import { descriptionOf, index } from '../state';
import { Description } from './card';

it('shows what the writer said of a record as text, markup and all, each text once', () => {
  const hostile = '<img src=x onerror=alert(1)><b>bold</b>\n& more';
  const run = (name: string, description: string) => ({
    name,
    color_index: 0,
    scalars: [],
    records: [
      { name: 'risk', kind: 'input_gradients', description, steps: [0], wall_time: 0, last: null },
    ] as const,
  });
  index.value = { runs: [run('a', hostile), run('b', hostile), run('c', ' ')], problems: [] };
  const host = document.createElement('div');
  render(<Description kind="input_gradients" />, host);
  expect([...host.querySelectorAll('*')].map(({ tagName }) => tagName)).toEqual(['P']);
  expect(host.textContent).toBe(hostile);
});

it('leaves texts that differ to the runs themselves', () => {
  const said = (name: string) => descriptionOf(name, 'input_gradients');
  expect(said('a')).toBe(said('b'));
  index.value = {
    ...index.value!,
    runs: index.value!.runs.map((run) => ({
      ...run,
      records: run.records.map((record) => ({ ...record, description: `of ${run.name}` })),
    })),
  };
  const host = document.createElement('div');
  render(<Description kind="input_gradients" />, host);
  expect(host.textContent).toBe('');
  expect(said('b')).toBe('of b');
});
