import { render } from 'preact';
import { expect, it } from 'vitest';
import { index } from '../state';
import { Descriptions } from './card';

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
  render(<Descriptions kind="input_gradients" />, host);
  expect([...host.querySelectorAll('*')].map(({ tagName }) => tagName)).toEqual(['P']);
  expect(host.textContent).toBe(hostile);
});
