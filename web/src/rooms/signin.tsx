// SPDX-License-Identifier: Apache-2.0
// The door: name and password, the second factor when it is asked for, and once in a casebook's life the first admin. The
// server's one answer for every wrong sign-in stays one sentence here.
import { useState } from 'preact/hooks';
import { Refusal, send } from '../api/client';
import type { Session } from '../api/types';
import { LANGUAGES, language, t } from '../i18n';
import { go, place } from '../router';
import { about, begin, enter, setLanguage, unreachable } from '../state';
import { Field, Wrong } from '../ui/parts';
import { Mark } from '../ui/mark';

export function SignIn() {
  const first = about.value?.setup ?? false;
  return (
    <main id="main" class="door" tabIndex={-1}>
      <section class="door-card">
        <p class="brand"><Mark /> Hallmark</p>
        <h1>{t(first ? 'setup.title' : 'signin.title')}</h1>
        <p class="lede">{t(first ? 'setup.lede' : 'signin.lede')}</p>
        {unreachable.value
          ? <><div class="note-strip grave" role="alert">{t('unreachable')}</div><button class="button" type="button" onClick={() => void begin()}>{t('tryAgain')}</button></>
          : first ? <Setup /> : <Form />}
        <nav class="row door-languages" aria-label={t('language')}>
          {LANGUAGES.map((l) => (
            <button type="button" class="chip" lang={l.code} aria-pressed={language.value === l.code} onClick={() => void setLanguage(l.code, false)}>{l.name}</button>
          ))}
        </nav>
      </section>
    </main>
  );
}

function Form() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Error>();
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setWrong(undefined);
    try {
      await enter(await send<Session>('POST', '/session', { body: { name, password, ...(totp ? { totp } : {}) } }));
    } catch (error) {
      if (error instanceof Refusal && error.problem.code === 'totp-needed' && totp === undefined) setTotp('');
      else setWrong(error as Error);
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(e) => void submit(e)}>
      <Field label={t('signin.name')}><input class="input" name="name" autoComplete="username" required maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} autofocus /></Field>
      <Field label={t('signin.password')}><input class="input" name="password" type="password" autoComplete="current-password" required maxLength={1024} value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></Field>
      {totp === undefined ? null : (
        <Field label={t('signin.totp')} hint={t('signin.totpHint')}>
          <input class="input" name="totp" inputMode="numeric" autoComplete="one-time-code" pattern="[0-9]{6}" maxLength={6} required value={totp} onInput={(e) => setTotp(e.currentTarget.value)} autofocus />
        </Field>
      )}
      {wrong ? <Wrong error={wrong} /> : null}
      <button class="button first" type="submit" disabled={busy}>{t('signin.go')}</button>
    </form>
  );
}

function Setup() {
  // `hallmark serve` prints an address that carries the code behind a #, which no server and no log sees.
  const [given, setGiven] = useState({ code: place.value.path === '/setup' ? location.hash.slice(1) : '', name: '', password: '', again: '' });
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Error>();
  const set = (key: keyof typeof given) => (e: { currentTarget: HTMLInputElement }) => setGiven({ ...given, [key]: e.currentTarget.value });
  const submit = async (e: Event) => {
    e.preventDefault();
    if (given.password !== given.again) {
      setWrong(new Error(t('setup.notSame')));
      return;
    }
    setBusy(true);
    try {
      const session = await send<Session>('POST', '/setup', { body: { code: given.code.trim(), name: given.name, password: given.password } });
      go('/incidents', 'replace');
      await enter(session);
    } catch (error) {
      setWrong(error as Error);
      setBusy(false);
    }
  };
  return (
    <form class="form" onSubmit={(e) => void submit(e)}>
      <Field label={t('setup.code')} hint={t('setup.codeHint')}><input class="input mono" name="code" required autoComplete="off" spellcheck={false} value={given.code} onInput={set('code')} /></Field>
      <Field label={t('signin.name')}><input class="input" name="name" required maxLength={64} autoComplete="username" value={given.name} onInput={set('name')} /></Field>
      <Field label={t('signin.password')} hint={t('setup.passwordHint')}><input class="input" name="password" type="password" required minLength={12} maxLength={1024} autoComplete="new-password" value={given.password} onInput={set('password')} /></Field>
      <Field label={t('setup.again')}><input class="input" name="again" type="password" required minLength={12} maxLength={1024} autoComplete="new-password" value={given.again} onInput={set('again')} /></Field>
      {wrong ? <Wrong error={wrong} /> : null}
      <button class="button first" type="submit" disabled={busy}>{t('setup.go')}</button>
    </form>
  );
}
