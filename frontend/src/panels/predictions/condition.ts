/**
 * Conditions on columns: `age > 60 and sex == male`; a name with spaces stands in quotes.
 *
 * Twin of tb_deepdebug/analysis/condition.py; tests/analysis/conditions.json holds both to the same
 * answers.
 */
import type { Condition } from './analysis';
import { MISSING, type Column, type Table } from './table';

/** A text that is no condition, or one on columns that the table doesn't have. */
export class ConditionError extends Error {}

const WORDS = ['and', 'or', 'not', 'missing'];
const OPERATORS = ['==', '!=', '<', '<=', '>', '>='] as const;
const ORDERS: readonly string[] = ['<', '<=', '>', '>='];
const BARE = String.raw`[^ \t\r\n"'=!<>()]+`;
const QUOTED = String.raw`"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'`;
const TOKEN = new RegExp(
  String.raw`[ \t\r\n]*(?:(?<operator>==|!=|<=|>=|<|>)|(?<quoted>${QUOTED})|(?<bare>${BARE})|(?<other>[\s\S]))`,
  'gu',
);
const NUMBER = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

interface Token {
  readonly kind: 'operator' | 'quoted' | 'bare' | 'other' | 'end';
  readonly text: string;
}

/** The conditions of a text, at least one. Throws a ConditionError with the rule and what came. */
export function parse(text: string): readonly Condition[] {
  const tokens = tokensOf(text);
  const found = [comparison(tokens)];
  for (;;) {
    const token = next(tokens);
    if (token.kind === 'end') return found;
    if (token.kind !== 'bare' || token.text !== 'and') throw unexpected('`and` or the end', token);
    found.push(comparison(tokens));
  }
}

/** The canonical text of conditions: `parse` returns them again. */
export function textOf(conditions: readonly Condition[]): string {
  return conditions
    .map(({ column, operator, value }) => {
      if (operator === 'missing') return `${nameText(column)} missing`;
      return `${nameText(column)} ${operator} ${valueText(value)}`;
    })
    .join(' and ');
}

/** 1 for each row for which all conditions hold. Throws a ConditionError for unknown columns. */
export function matches(table: Table, conditions: readonly Condition[]): Uint8Array {
  const held = new Uint8Array(table.rows).fill(1);
  for (const condition of conditions) {
    narrow(held, columnOf(table, condition.column), condition);
  }
  return held;
}

function* tokensOf(text: string): Generator<Token> {
  const whole = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  for (const match of whole.matchAll(TOKEN)) {
    const [kind, token] = Object.entries(match.groups!).find(([, found]) => found !== undefined)!;
    if (token === '"' || token === "'") {
      const from = match.index + match[0].length - 1;
      throw new ConditionError(`A quote must be closed. Received: ${whole.slice(from)}`);
    }
    const plain = kind === 'quoted' ? token.slice(1, -1).replace(/\\([\s\S])/gu, '$1') : token;
    yield { kind: kind as Token['kind'], text: plain };
  }
  yield { kind: 'end', text: '' };
}

function next(tokens: Generator<Token>): Token {
  return tokens.next().value as Token;
}

function comparison(tokens: Generator<Token>): Condition {
  const column = next(tokens);
  if (!isName(column)) throw unexpected('a column', column);
  const operator = next(tokens);
  if (operator.kind === 'bare' && operator.text === 'missing') {
    return { column: column.text, operator: 'missing', value: '' };
  }
  if (operator.kind !== 'operator') {
    throw unexpected(`\`missing\` or one of ${OPERATORS.join(' ')}`, operator);
  }
  const value = next(tokens);
  if (!isName(value)) throw unexpected('a number or a category', value);
  const known = operator.text as Condition['operator'];
  if (value.kind === 'bare' && NUMBER.test(value.text)) {
    return { column: column.text, operator: known, value: finite(value.text) };
  }
  if (ORDERS.includes(operator.text)) {
    const came = value.kind === 'quoted' ? withinQuotes(value.text) : value.text;
    throw new ConditionError(`\`${operator.text}\` compares numbers. Received: ${came}`);
  }
  return { column: column.text, operator: known, value: value.text };
}

function finite(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) {
    throw new ConditionError(`A number must be finite. Received: ${text}`);
  }
  return value + 0; // -0 is 0
}

function isName({ kind, text }: Token): boolean {
  return kind === 'quoted' || (kind === 'bare' && !WORDS.includes(text));
}

function unexpected(expected: string, { kind, text }: Token): ConditionError {
  const came = kind === 'end' ? 'the end' : kind === 'quoted' ? withinQuotes(text) : `\`${text}\``;
  return new ConditionError(`Expected ${expected}. Received: ${came}`);
}

function nameText(name: string): string {
  const bare = new RegExp(`^${BARE}$`, 'u').test(name) && !WORDS.includes(name);
  return bare ? name : withinQuotes(name);
}

function valueText(value: number | string): string {
  if (typeof value === 'number') return String(value);
  return NUMBER.test(value) ? withinQuotes(value) : nameText(value);
}

function withinQuotes(name: string): string {
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function columnOf({ columns, group }: Table, name: string): Column {
  const known = group ? [...columns, group] : columns;
  const found = known.find((column) => column.name === name);
  if (found) return found;
  const names = known.map((column) => column.name).join(', ') || 'none';
  throw new ConditionError(
    `A condition must be on one of the columns: ${names}. Received: ${name}`,
  );
}

function narrow(held: Uint8Array, { name, values, names }: Column, condition: Condition): void {
  const { operator, value } = condition;
  if (operator !== 'missing' && (names === null) !== (typeof value === 'number')) {
    const kind = names === null ? 'numbers' : 'categories, quoted where one is a number';
    throw new ConditionError(`Column ${name} holds ${kind}. Received: ${textOf([condition])}`);
  }
  // The column is stored in single precision: 0.1 equals 0.1 only in the same.
  const bound = names ? names.indexOf(String(value)) : Math.fround(Number(value));
  const isMissing = (one: number): boolean => (names ? one === MISSING : Number.isNaN(one));
  const test = TESTS[operator];
  for (let i = 0; i < held.length; i++) {
    const holds = isMissing(values[i]) ? operator === 'missing' : test(values[i], bound);
    if (!holds) held[i] = 0;
  }
}

/** Of values that are not missing. */
const TESTS: Readonly<Record<Condition['operator'], (value: number, bound: number) => boolean>> = {
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  missing: () => false,
};
