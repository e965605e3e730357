// SPDX-License-Identifier: Apache-2.0
// The program itself: a casebook of the demo's harmless specimens in a folder of its own, served by `hallmark serve`, which
// can be killed and started again. The program is $HALLMARK, with the page built in.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(new URL('../../..', import.meta.url).pathname);
export const HALLMARK = process.env['HALLMARK'] ?? join(ROOT, 'build/src/cli/hallmark');
const WORKER = process.env['HALLMARK_WORKER'] ?? join(dirname(HALLMARK), '../jail/hallmark-worker');
export const PASSWORD = 'correct horse battery';
export const PARTNER = '11111111-1111-4111-8111-111111111111';

export type Incident = { id: string; name: string; evidence: number };
export type House = {
  folder: string;
  address: string;
  code: string;
  hallmark: (...given: string[]) => string;
  start: () => Promise<void>;
  stop: (signal?: NodeJS.Signals) => Promise<void>;
  close: () => Promise<void>;
};

/** What is missing to try the real thing, in one word; undefined: nothing. */
export function missing(): string | undefined {
  if (!existsSync(HALLMARK) || !existsSync(WORKER)) return `the program (${HALLMARK}): ninja -C build`;
  for (const tool of ['gcc', 'clang', 'lld-link', 'llvm-dlltool']) {
    try {
      execFileSync('sh', ['-c', `command -v ${tool}`]);
    } catch {
      return tool;
    }
  }
  return undefined;
}

/** Written as people write it down: who is a partner, and of what kind. */
const POLICY = `partner us-cert ${PARTNER} community\npartner home 22222222-2222-4222-8222-222222222222 own\n`;

export async function house(o: { incidents?: string[]; accounts?: [name: string, role: string][]; tls?: boolean } = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'hallmark-real-'));
  const env = { ...process.env, HALLMARK_CASEBOOK: join(folder, 'casebook'), HALLMARK_STATE: join(folder, 'state'), HALLMARK_WORKER: WORKER, NO_COLOR: '1' };
  const hallmark = (...given: string[]) => execFileSync(HALLMARK, given, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  writeFileSync(join(folder, 'policy.txt'), POLICY);
  writeFileSync(join(folder, 'password'), PASSWORD + '\n');
  hallmark('init');
  if (o.incidents?.length) {
    for (const tool of ['examples/specimens/build.sh', 'examples/demo/records.sh']) execFileSync(join(ROOT, tool), [join(folder, 'evidence')], { stdio: 'ignore' });
    for (const name of o.incidents) hallmark('add', name, join('evidence', name));
  }
  for (const [name, role] of o.accounts ?? []) hallmark('user', 'add', name, '--role', role, '--password-file', 'password');
  const tls = o.tls ? ['--page-cert', 'cert.pem', '--page-key', 'key.pem'] : [];
  if (o.tls) execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'], { cwd: folder, stdio: 'ignore' });
  let server: ChildProcess | undefined;
  let port = 0;
  const me: House = {
    folder, hallmark, address: '', code: '',
    start: () => new Promise((done, fail) => {
      const child = spawn(HALLMARK, ['serve', '--page', `127.0.0.1:${port}`, '--policy', 'policy.txt', ...tls], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      const hear = (bytes: Buffer) => {
        said += bytes.toString();
        const at = /page at (https?:\/\/127\.0\.0\.1:(\d+))\/\n/.exec(said);
        if (!at) return;
        port = Number(at[2]);
        me.address = at[1]!.replace('127.0.0.1', 'localhost');
        me.code = /\/setup#([0-9a-f]+)/.exec(said)?.[1] ?? me.code;
        done();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
      child.on('exit', (code) => fail(new Error(`hallmark serve ended with ${String(code)}: ${said}`)));
      server = child;
    }),
    stop: (signal = 'SIGTERM') => new Promise((done) => {
      if (!server || server.exitCode !== null || server.signalCode !== null) return done();
      server.removeAllListeners('exit');
      server.on('exit', () => done());
      server.kill(signal);
    }),
    close: async () => {
      await me.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await me.start();
  return me;
}
