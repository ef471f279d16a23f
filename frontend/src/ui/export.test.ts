import { expect, it, vi } from 'vitest';
import { csv, fileName, json, save } from './export';

it('writes CSV that comes back: quotes, commas, line breaks, numbers at full precision', () => {
  const rows = [
    ['a,b', 0.1 + 0.2, null],
    ['say "x"\nnow', -1, 5e-324],
  ];
  expect(csv({ columns: ['run', 'value', 'note'], rows })).toBe(
    'run,value,note\r\n"a,b",0.30000000000000004,\r\n"say ""x""\nnow",-1,5e-324\r\n',
  );
});

it('does not let a name become a formula in a spreadsheet', () => {
  expect(csv({ columns: ['run'], rows: [['=HYPERLINK("x")'], ['-1+2']] })).toBe(
    'run\r\n"\'=HYPERLINK(""x"")"\r\n\'-1+2\r\n',
  );
});

it('writes arrays as arrays and numbers JSON does not know by name', () => {
  expect(json({ a: Float32Array.from([1, NaN]), b: -Infinity })).toBe(
    '{"a":[1,"NaN"],"b":"-Infinity"}',
  );
});

it.each([
  ['Amnesia', 'Amnesia'],
  ['../../etc/passwd', 'etc-passwd'],
  ['', 'deepdebug'],
  ['x'.repeat(300), 'x'.repeat(80)],
])('names the file of %s %s', (text, expected) => {
  expect(fileName(text)).toBe(expected);
});

it('waits for a table that must be asked for', async () => {
  const saved: Blob[] = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved.push(blob as Blob);
    return 'blob:x';
  });
  const exports = {
    png: () => null,
    csv: () => Promise.resolve({ columns: ['t'], rows: [[1], [2]] }),
    json: () => Promise.resolve({ t: [1, 2] }),
  };
  for (const format of ['csv', 'json'] as const) await save('Amnesia', format, exports, '#fff');
  expect(await Promise.all(saved.map((blob) => blob.text()))).toEqual([
    't\r\n1\r\n2\r\n',
    '{"t":[1,2]}',
  ]);
});
