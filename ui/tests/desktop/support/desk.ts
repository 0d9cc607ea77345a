/**
 * A desk of its own for each test file: a display, a session bus, a keyring, a home. Nothing of it is
 * shared, so an app that runs elsewhere is never met, and nothing is left behind.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';

import { end, launch, start } from './processes';

const PATIENCE = { timeout: 20_000, interval: 50 };

export class Desk {
  readonly #processes: ChildProcess[] = [];

  private constructor(readonly folder: string, readonly env: NodeJS.ProcessEnv) {}

  static async make(): Promise<Desk> {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-desk-'));
    const [home, run] = [join(folder, 'home'), join(folder, 'run')];
    await Promise.all([mkdir(home), mkdir(run)]);
    await chmod(run, 0o700);
    const { PATH, LANG } = process.env;
    const desk = new Desk(folder, {
      PATH, LANG, HOME: home, XDG_RUNTIME_DIR: run,
      // No portal, no card: what is drawn is drawn by the processor.
      GTK_USE_PORTAL: '0', LIBGL_ALWAYS_SOFTWARE: '1', WEBKIT_DISABLE_DMABUF_RENDERER: '1', NO_AT_BRIDGE: '1',
      PIXMILL_TEST_ALLOW_ADDRESSES: '127.0.0.0/8', PIXMILL_TEST_DIALOGS: join(folder, 'dialogs'),
    });
    try {
      await desk.#furnish();
    } catch (error) {
      await desk.end();
      throw error;
    }
    return desk;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Lays down a file of the home folder or of one below; its path comes back. */
  async lay(name: string, content: string | Buffer): Promise<string> {
    const path = this.path('home', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** What the next dialogs answer: these paths, or that they were cancelled. */
  async answer(...paths: string[]): Promise<void> {
    await writeFile(this.path('dialogs'), paths.join('\n'));
  }

  /** Gives the desk something that shows folders. To be called before the app is started. */
  async makeFileManager(): Promise<void> {
    await mkdir(this.path('bin'));
    await writeFile(this.path('bin', 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$1" >> '${this.path('shown')}'\n`, { mode: 0o755 });
    this.env['PATH'] = `${this.path('bin')}:${this.env['PATH']}`;
  }

  /** The folders that were shown. */
  async shown(): Promise<string[]> {
    return lines(await readFile(this.path('shown'), 'utf8').catch(() => ''));
  }

  /** Starts a program at this desk, which ends with it; what `until` finds in what it says comes back. */
  async start<T>(program: string, args: readonly string[], until: (said: string) => T | undefined): Promise<T> {
    const { process, said } = await start(program, args, { env: this.env, cwd: this.path('home') }, until);
    this.#processes.unshift(process);
    return said;
  }

  /** Runs a program at this desk to its end; what it says comes back. */
  async run(program: string, ...args: string[]): Promise<string> {
    const ran = spawn(program, args, { env: this.env, cwd: this.path('home'), stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [ran.stdout, ran.stderr]) stream.on('data', (piece: Buffer) => { said += piece.toString(); });
    const [code] = (await once(ran, 'close')) as [number];
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`);
    return said;
  }

  /** Whether somebody has a name on the session bus. */
  async isOnBus(name: string): Promise<boolean> {
    const said = await this.run('dbus-send', '--session', '--print-reply', '--dest=org.freedesktop.DBus',
      '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', `string:${name}`);
    return said.includes('boolean true');
  }

  async end(): Promise<void> {
    // The last that came goes first: the display and the bus outlive those who need them.
    for (const process of this.#processes.splice(0)) await end(process);
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #furnish(): Promise<void> {
    const display = await this.start('Xvfb', ['-displayfd', '1', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'],
      (said) => /^(\d+)\n/m.exec(said)?.[1]);
    this.env['DISPLAY'] = `:${display}`;
    this.env['DBUS_SESSION_BUS_ADDRESS'] = await this.start('dbus-daemon', ['--session', '--nofork', '--print-address=1'],
      (said) => /^(unix:\S+)\n/m.exec(said)?.[1]);
    // It is unlocked with what it is given, as at a login.
    const keyring = launch('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { env: this.env });
    this.#processes.unshift(keyring);
    keyring.stdin?.end('a password');
    await vi.waitUntil(() => this.isOnBus('org.freedesktop.secrets'), PATIENCE);
  }
}

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
