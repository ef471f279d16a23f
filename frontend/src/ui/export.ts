/** Saves what a panel shows as a file. */
import type { Exports, Table } from './panel';

export type Format = 'png' | 'csv' | 'json';

/** Resolves to false where there is nothing to save. */
export async function save(
  name: string,
  format: Format,
  exports: Exports,
  background: string,
): Promise<boolean> {
  const blob = await contents(format, exports, background);
  if (!blob) return false;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${fileName(name)}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}

/** RFC 4180; texts that a spreadsheet would run as a formula are quoted with an apostrophe. */
export function csv({ columns, rows }: Table): string {
  const lines = [columns.map(field).join(',')];
  for (const row of rows) lines.push(row.map(field).join(','));
  return lines.join('\r\n') + '\r\n';
}

/** JSON has no NaN and no infinities: they become their names. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (ArrayBuffer.isView(inner)) return Array.from(inner as unknown as ArrayLike<number>);
    return typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner;
  });
}

/** Letters, digits and dashes of any text, and never nothing. */
export function fileName(text: string): string {
  return (
    text
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 80) || 'deepdebug'
  );
}

function field(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

async function contents(
  format: Format,
  exports: Exports,
  background: string,
): Promise<Blob | null> {
  switch (format) {
    case 'png':
      return picture((await exports.png?.()) ?? null, background);
    case 'csv':
      return new Blob([csv(await exports.csv())], { type: 'text/csv' });
    case 'json':
      return new Blob([json(await exports.json())], { type: 'application/json' });
    default:
      return format satisfies never;
  }
}

/** Our canvases are transparent; a picture pasted elsewhere needs its background. */
function picture(canvas: HTMLCanvasElement | null, background: string): Promise<Blob | null> {
  if (!canvas) return Promise.resolve(null);
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d')!;
  context.fillStyle = background;
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  return new Promise((resolve) => copy.toBlob(resolve, 'image/png'));
}
