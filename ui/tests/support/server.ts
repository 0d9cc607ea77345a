/** A real server, on a port and with data of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = process.env.PIXMILL_TEST_PROGRAM ?? join(import.meta.dirname, '../../../target/debug/pixmill');

export class Server {
  #process: ChildProcess | null = null;
  #port = 0;

  private constructor(private readonly folder: string, private readonly options: readonly string[]) {}

  static async start(...options: string[]): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), 'pixmill-page-')), options);
    await server.go();
    return server;
  }

  get base(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, on the port that it had before if it had one. */
  async go(): Promise<void> {
    const options = ['serve', '--port', String(this.#port), '--data', this.folder, '--log-level', 'warn', ...this.options];
    const started = spawn(PROGRAM, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = started;
    this.#port = await new Promise<number>((resolve, reject) => {
      let said = '';
      started.stdout.on('data', (piece: Buffer) => {
        said += piece.toString();
        const port = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1];
        if (port !== undefined) resolve(Number(port));
      });
      started.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
      started.once('error', reject);
    });
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** Runs a command on the same data, while the server does not run. */
  async run(...command: string[]): Promise<string> {
    const ran = spawn(PROGRAM, [...command, '--data', this.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    ran.stdout.on('data', (piece: Buffer) => { said += piece.toString(); });
    const [code] = (await once(ran, 'close')) as [number];
    if (code !== 0) throw new Error(`pixmill ${command.join(' ')} ended with ${code}: ${said}`);
    return said;
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
