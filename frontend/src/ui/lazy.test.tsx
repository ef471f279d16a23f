import { render } from 'preact';
import type { JSX } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Guard } from './guard';
import { lazy } from './lazy';

const Part = (): JSX.Element => <i>here</i>;

let root: HTMLElement;
beforeEach(() => (root = document.body.appendChild(document.createElement('div'))));
afterEach(() => {
  render(null, root);
  root.remove();
});

/** Code that comes when it is told to. */
function code(): {
  readonly load: () => Promise<typeof Part>;
  readonly come: () => Promise<void>;
  readonly fail: () => Promise<void>;
} {
  let [resolve, reject]: ((part: never) => void)[] = [];
  const part = new Promise<typeof Part>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  const settle = (action: () => void): Promise<void> =>
    act(async () => {
      action();
      await new Promise((done) => setTimeout(done));
    });
  return {
    load: () => part,
    come: () => settle(() => resolve(Part as never)),
    fail: () => settle(() => reject(new Error('not there') as never)),
  };
}

it('parts that are shown together appear together', async () => {
  const [first, second] = [code(), code()];
  const [One, Two] = [lazy(first.load), lazy(second.load)];
  await act(() =>
    render(
      <>
        <One />
        <Two />
      </>,
      root,
    ),
  );
  await first.come();
  expect(root.textContent).toBe('');
  await second.come();
  expect(root.textContent).toBe('herehere');
});

it('one that does not come keeps no other back, and says so where it is needed', async () => {
  const [first, second, third] = [code(), code(), code()];
  const [One, Two, Three] = [lazy(first.load), lazy(second.load), lazy(third.load, true)];
  await act(() =>
    render(
      <>
        <One />
        <Two />
        <Guard what="This panel">
          <Three />
        </Guard>
      </>,
      root,
    ),
  );
  await first.come();
  await second.fail();
  await third.fail();
  expect(root.querySelectorAll('i').length).toBe(1);
  expect(root.querySelector('[role=alert]')!.textContent).toContain('This panel failed: not there');
});

it('what has come once is there at once', async () => {
  const some = code();
  const Lazy = lazy(some.load);
  await act(() => render(<Lazy />, root));
  await some.come();
  render(null, root);
  await act(() => render(<Lazy />, root));
  expect(root.textContent).toBe('here');
});
