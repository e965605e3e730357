// SPDX-License-Identifier: Apache-2.0
// One's own account, sessions and tokens; for admins everybody's accounts; and whether the server is well.
import { useState } from 'preact/hooks';
import { generation, send, session, useAsk } from '../api/client';
import type { Health, Role, SessionRow, Token, User } from '../api/types';
import { ago, bytes, day, moment, number, t } from '../i18n';
import { plain } from '../lib/visible';
import type { Params } from '../router';
import { may } from '../state';
import { Dialog, Field, Name, Shown, Tabs, Value, Wrong } from '../ui/parts';
import { Table } from '../ui/table';
import { toast } from '../ui/toast';

const changed = () => { generation.value++; };

export function Settings({ params }: { params: Params }) {
  const part = params['part'] ?? 'account';
  return (
    <>
      <div class="room-head"><h1>{t('room.settings')}</h1></div>
      <Tabs label={t('room.settings')} tabs={[
        { href: '/settings', name: t('settings.account'), here: part === 'account' },
        { href: '/settings/sessions', name: t('settings.sessions'), here: part === 'sessions' },
        { href: '/settings/tokens', name: t('settings.tokens'), here: part === 'tokens' },
        ...(may('admin') ? [{ href: '/settings/users', name: t('settings.users'), here: part === 'users' }] : []),
        { href: '/settings/health', name: t('settings.health'), here: part === 'health' },
      ]} />
      {part === 'sessions' ? <Sessions /> : part === 'tokens' ? <Tokens /> : part === 'users' ? <Users /> : part === 'health' ? <HealthPart /> : <Account />}
    </>
  );
}

/** A form that sends one thing and says what came of it. */
function Ask({ children, go, label, grave }: { children: preact.ComponentChildren; go: () => Promise<unknown>; label: string; grave?: boolean }) {
  const [wrong, setWrong] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setWrong(undefined);
    await go().catch(setWrong);
    setBusy(false);
  };
  return (
    <form class="form" onSubmit={(e) => void submit(e)}>
      {children}
      {wrong ? <Wrong error={wrong} /> : null}
      <div class="row"><button type="submit" class={grave ? 'button grave' : 'button'} disabled={busy}>{label}</button></div>
    </form>
  );
}

const Password = ({ label, value, onInput, fresh }: { label: string; value: string; onInput: (v: string) => void; fresh?: boolean }) => (
  <Field label={label} hint={fresh ? t('setup.passwordHint') : undefined}>
    <input class="input" type="password" required minLength={fresh ? 12 : undefined} maxLength={1024} autoComplete={fresh ? 'new-password' : 'current-password'} value={value} onInput={(e) => onInput(e.currentTarget.value)} />
  </Field>
);

function Account() {
  const user = session.value!.user;
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  return (
    <div class="columns">
      <section class="stack">
        <h2>{t('me')}</h2>
        <dl class="facts">
          <dt>{t('name')}</dt><dd><Name text={user.name} /></dd>
          <dt>{t('role')}</dt><dd>{t(`role.${user.role}`)}</dd>
          <dt>{t('created')}</dt><dd>{day(user.created)}</dd>
        </dl>
        <p class="hint">{t(`role.${user.role}.may`)}</p>
      </section>
      <section class="stack">
        <h2>{t('settings.password')}</h2>
        <Ask label={t('save')} go={async () => { await send('PUT', '/account/password', { body: { old, new: fresh } }); setOld(''); setFresh(''); toast(t('settings.passwordSet')); }}>
          <Password label={t('settings.oldPassword')} value={old} onInput={setOld} />
          <Password label={t('settings.newPassword')} value={fresh} onInput={setFresh} fresh />
        </Ask>
      </section>
      <SecondFactor on={user.totp} />
    </div>
  );
}

function SecondFactor({ on }: { on: boolean }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [secret, setSecret] = useState<{ secret: string; uri: string }>();
  const turn = (to: boolean) => {
    session.value = { ...session.value!, user: { ...session.value!.user, totp: to } };
    setSecret(undefined);
    setPassword('');
    setCode('');
    toast(t(to ? 'totp.isOn' : 'totp.isOff'));
  };
  return (
    <section class="stack">
      <h2>{t('signin.totp')}</h2>
      {on ? (
        <Ask label={t('totp.off')} grave go={async () => { await send('DELETE', '/account/totp', { body: { password } }); turn(false); }}><p class="sample good">{t('totp.isOn')}</p><Password label={t('settings.oldPassword')} value={password} onInput={setPassword} /></Ask>
      ) : secret ? (
        <Ask label={t('totp.confirm')} go={async () => { await send('PUT', '/account/totp', { body: { code } }); turn(true); }}>
          <p class="hint">{t('totp.enter')}</p>
          <code class="value">{secret.secret.replace(/(.{4})/g, '$1 ')}</code>
          <Field label={t('totp.code')}><input class="input" inputMode="numeric" pattern="[0-9]{6}" maxLength={6} required autoComplete="one-time-code" value={code} onInput={(e) => setCode(e.currentTarget.value)} autofocus /></Field>
        </Ask>
      ) : (
        <Ask label={t('totp.on')} go={async () => setSecret(await send<{ secret: string; uri: string }>('POST', '/account/totp', { body: { password } }))}>
          <p class="hint">{t('totp.hint')}</p>
          <Password label={t('settings.oldPassword')} value={password} onInput={setPassword} />
        </Ask>
      )}
    </section>
  );
}

function Sessions() {
  const [all, setAll] = useState(false);
  const asked = useAsk<{ sessions: SessionRow[] }>('/sessions', { all });
  const end = (s: SessionRow) => void send('DELETE', '/sessions/' + encodeURIComponent(s.id)).then(() => { toast(t('sessions.ended')); changed(); }, (e: Error) => toast(e.message));
  return (
    <>
      {may('admin') ? <div class="filters"><button type="button" class="chip" aria-pressed={all} onClick={() => setAll(!all)}>{t('sessions.all')}</button></div> : null}
      <Shown of={asked}>
        {({ sessions }) => (
          <Table label={t('settings.sessions')} rows={sessions} id={(s) => s.id} columns={[
            { key: 'agent', name: t('sessions.agent'), wide: true, cell: (s) => <Name text={s.agent || '–'} /> },
            { key: 'user', name: t('audit.who'), cell: (s) => <Name text={s.user} /> },
            { key: 'peer', name: t('audit.from'), cell: (s) => <Value text={s.peer} short /> },
            { key: 'seen', name: t('sessions.seen'), end: true, cell: (s) => <span title={moment(s.seen) + ' UTC'}>{ago(s.seen)}</span> },
            { key: 'end', name: '', end: true, cell: (s) => s.current ? <span class="quiet">{t('sessions.this')}</span> : <button type="button" class="plain-button" onClick={() => end(s)}>{t('sessions.end')}</button> },
          ]} />
        )}
      </Shown>
    </>
  );
}

function Tokens() {
  const asked = useAsk<{ tokens: Token[] }>('/account/tokens');
  const [name, setName] = useState('');
  const [days, setDays] = useState(90);
  const [made, setMade] = useState<Token>();
  return (
    <div class="columns">
      <section class="stack">
        <p class="hint">{t('tokens.hint')}</p>
        <Shown of={asked}>
          {({ tokens }) => tokens.length === 0 ? <p class="quiet">{t('tokens.none')}</p> : (
            <Table label={t('settings.tokens')} rows={tokens} id={(x) => x.id} columns={[
              { key: 'name', name: t('name'), wide: true, cell: (x) => <Name text={x.name} /> },
              { key: 'role', name: t('role'), cell: (x) => t(`role.${x.role}`) },
              { key: 'expires', name: t('tokens.expires'), end: true, cell: (x) => day(x.expires) },
              { key: 'end', name: '', end: true, cell: (x) => <button type="button" class="plain-button" onClick={() => void send('DELETE', '/account/tokens/' + encodeURIComponent(x.id)).then(changed)}>{t('tokens.take')}</button> },
            ]} />
          )}
        </Shown>
      </section>
      <section class="stack">
        <h2>{t('tokens.new')}</h2>
        <Ask label={t('make')} go={async () => { setMade(await send<Token>('POST', '/account/tokens', { body: { name, days } })); setName(''); changed(); }}>
          <Field label={t('name')}><input class="input" required maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} /></Field>
          <Field label={t('tokens.days')}><input class="input" type="number" required min={1} max={366} value={days} onInput={(e) => setDays(Number(e.currentTarget.value))} /></Field>
        </Ask>
      </section>
      {made?.token ? <Dialog title={t('tokens.made')} onClose={() => setMade(undefined)}><p>{t('tokens.once')}</p><p><code class="value">{made.token}</code></p></Dialog> : null}
    </div>
  );
}

const ROLES: Role[] = ['reader', 'analyst', 'liaison', 'admin'];

function Users() {
  const asked = useAsk<{ users: User[] }>('/users');
  const [given, setGiven] = useState<{ name: string; role: Role; password: string }>({ name: '', role: 'analyst', password: '' });
  const [removing, setRemoving] = useState<User>();
  const [wrong, setWrong] = useState<Error>();
  const change = (u: User, body: object) => void send('PATCH', '/users/' + encodeURIComponent(u.name), { body }).then(() => { setWrong(undefined); changed(); }, setWrong);
  return (
    <div class="stack">
      {wrong ? <Wrong error={wrong} /> : null}
      <Shown of={asked}>
        {({ users }) => (
          <Table label={t('settings.users')} rows={users} id={(u) => u.name} greyed={(u) => u.disabled} columns={[
            { key: 'name', name: t('name'), wide: true, cell: (u) => <Name text={u.name} /> },
            { key: 'role', name: t('role'), cell: (u) => <select class="select" aria-label={t('users.roleOf', { name: plain(u.name, 60) })} value={u.role} onChange={(e) => change(u, { role: e.currentTarget.value })}>{ROLES.map((r) => <option value={r}>{t(`role.${r}`)}</option>)}</select> },
            { key: 'totp', name: t('signin.totp'), cell: (u) => t(u.totp ? 'yes' : 'no') },
            { key: 'seen', name: t('users.seen'), end: true, cell: (u) => u.seen ? ago(u.seen) : '–' },
            { key: 'disable', name: '', end: true, cell: (u) => <button type="button" class="plain-button" onClick={() => change(u, { disabled: !u.disabled })}>{t(u.disabled ? 'users.enable' : 'users.disable')}</button> },
            { key: 'remove', name: '', end: true, cell: (u) => <button type="button" class="plain-button" onClick={() => setRemoving(u)}>{t('remove')}</button> },
          ]} />
        )}
      </Shown>
      <section class="section">
        <header><h2>{t('users.new')}</h2></header>
        <Ask label={t('make')} go={async () => { await send('POST', '/users', { body: given }); setGiven({ name: '', role: 'analyst', password: '' }); changed(); }}>
          <Field label={t('name')}><input class="input" required maxLength={64} value={given.name} autoComplete="off" onInput={(e) => setGiven({ ...given, name: e.currentTarget.value })} /></Field>
          <Field label={t('role')} hint={t(`role.${given.role}.may`)}><select class="select" value={given.role} onChange={(e) => setGiven({ ...given, role: e.currentTarget.value as Role })}>{ROLES.map((r) => <option value={r}>{t(`role.${r}`)}</option>)}</select></Field>
          <Password label={t('signin.password')} value={given.password} onInput={(password) => setGiven({ ...given, password })} fresh />
        </Ask>
      </section>
      {removing ? (
        <Dialog title={t('users.remove', { name: plain(removing.name, 60) })} onClose={() => setRemoving(undefined)} footer={<><button type="button" class="button" onClick={() => setRemoving(undefined)}>{t('cancel')}</button><button type="button" class="button grave" onClick={() => void send('DELETE', '/users/' + encodeURIComponent(removing.name)).then(() => changed(), setWrong).finally(() => setRemoving(undefined))}>{t('remove')}</button></>}>
          <p>{t('users.removeHint')}</p>
        </Dialog>
      ) : null}
    </div>
  );
}

function HealthPart() {
  const asked = useAsk<Health>('/health');
  return (
    <Shown of={asked}>
      {(h) => (
        <div class="stack">
          {/* What a server does not say is not claimed. */}
          {h.jail === undefined ? null : h.jail.seccomp && h.jail.landlock ? <p><span class="sample good">{t('health.jailed')}</span></p> : <p class="note-strip caution">{t('health.notJailed')}</p>}
          <dl class="facts">
            <dt>{t('health.version')}</dt><dd>{plain(h.version, 40)}</dd>
            <dt>{t('health.uptime')}</dt><dd>{t('health.minutes', { n: Math.round(h.uptime_s / 60) })}</dd>
            <dt>{t('incidents')}</dt><dd>{number(h.incidents)}</dd>
            <dt>{t('rarity.harmless')}</dt><dd>{number(h.baseline_files)}</dd>
            {h.search ? <><dt>{t('health.search')}</dt><dd>{h.search.ready ? t('health.indexed', { n: h.search.indexed }) : t('health.indexing', { n: h.search.waiting })}</dd></> : null}
            {h.uploads ? <><dt>{t('health.uploads')}</dt><dd>{number(h.uploads.open)} · {bytes(h.uploads.bytes)}</dd></> : null}
            <dt>{t('settings.sessions')}</dt><dd>{number(h.sessions)}</dd>
            <dt>{t('health.generation')}</dt><dd>{number(h.generation)}</dd>
          </dl>
        </div>
      )}
    </Shown>
  );
}
