/** The page: rail, scrubber, cards. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { refresh } from '../host';
import { panels } from '../panels/registry';
import { index, indexError, recordName, runs, shownRuns } from '../state';
import { Card } from './card';
import { useFirstScreen } from './first_screen';
import { act, isForUs } from './keys';
import { lazy } from './lazy';
import { shortened } from './name';
import { Rail } from './rail';
import { Scrubber } from './scrubber';
import { adopt } from './style';
import css from './shell.css?inline';
import { colours, variables } from './theme';

const Empty = lazy(async () => (await import('./empty')).Empty);
const Help = lazy(async () => (await import('./help')).Help);

export function Shell(): JSX.Element {
  const [help, setHelp] = useState(false);
  useTheme();
  useKeys(() => setHelp((open) => !open));
  return (
    <>
      {page(() => setHelp(true))}
      {help && <Help close={() => setHelp(false)} />}
    </>
  );
}

function page(help: () => void): JSX.Element {
  if (index.value === null)
    return indexError.value === null ? <div class="skeleton page-skeleton" /> : <Banner />;
  if (runs.value.length === 0 && index.value.problems.length === 0) return <Empty />;
  return <Page help={help} />;
}

function Page({ help }: { readonly help: () => void }): JSX.Element {
  const [open, setOpen] = useState(false);
  const { shows, settled } = useFirstScreen();
  const layer = recordName.activations.value ?? recordName.preactivations.value;
  return (
    <div class="page">
      <div class="topbar">
        <button class="button clip" aria-expanded={open} onClick={() => setOpen(!open)}>
          {shownRuns.value.length} of {runs.value.length} runs
          {layer === null ? '' : ` · ${shortened(layer, 24)}`} ▾
        </button>
      </div>
      <Rail open={open} />
      <main class="main">
        <Scrubber help={help} />
        <Banner />
        <UnreadableTags />
        <div class="cards">
          {panels.value.map((spec) => (
            <Card
              key={spec.id}
              spec={spec}
              wide={spec.wide === true}
              shows={shows(spec.id)}
              settled={settled}
            />
          ))}
        </div>
      </main>
    </div>
  );
}

function Banner(): JSX.Element | null {
  if (indexError.value === null) return null;
  return (
    <div class="banner" role="alert">
      <span>{indexError.value}</span>
      <button class="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

const MAX_PROBLEMS = 5;

/** Whole tags that can't be read belong to no panel. */
function UnreadableTags(): JSX.Element | null {
  const problems = (index.value?.problems ?? []).filter(({ step }) => step === null);
  if (problems.length === 0) return null;
  return (
    <ul class="notes small unreadable" aria-label="Tags that can’t be read">
      {problems.slice(0, MAX_PROBLEMS).map(({ run, tag, reason }) => (
        <li key={`${run}\n${tag}`}>
          {shortened(tag, 60)} of {shortened(run, 60)} can’t be read: {reason}
        </li>
      ))}
      {problems.length > MAX_PROBLEMS && <li>… and {problems.length - MAX_PROBLEMS} more</li>}
    </ul>
  );
}

function useTheme(): void {
  const palette = colours.value;
  useLayoutEffect(() => {
    adopt(css);
    document.documentElement.style.cssText = `${variables(palette)} color-scheme: ${palette.scheme};`;
  }, [palette]);
}

function useKeys(toggleHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isForUs(event) && act(event.key, toggleHelp)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
