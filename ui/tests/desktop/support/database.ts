/** A server that speaks MongoDB's protocol, as `make test` installs it; it ends with the test. */

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { end, freePort, start } from './processes';

const FASTER = process.env.PIXMILL_TEST_MONGODB_BIN;
const PROGRAM = FASTER ?? join(import.meta.dirname, '../../../../target/test-tools/bin/secantusd-py');

export class Database {
  #process: ChildProcess | null = null;

  private constructor(private readonly folder: string, private readonly port: number) {}

  static async start(): Promise<Database> {
    const database = new Database(await mkdtemp(join(tmpdir(), 'pixmill-database-')), await freePort());
    await database.go();
    return database;
  }

  /** The address of a database in it. */
  get address(): string {
    return `mongodb://127.0.0.1:${this.port}/pixmill?directConnection=true`;
  }

  /** Starts it, with what it had. */
  async go(): Promise<void> {
    const level = FASTER === undefined ? 'INFO' : 'WARNING';
    const args = ['--host', '127.0.0.1', '--port', String(this.port), '--storage-path', this.folder, '--log-level', level, '--sync-on-commit'];
    const listens = (said: string): true | undefined => (said.includes(`127.0.0.1:${this.port}`) ? true : undefined);
    this.#process = (await start(PROGRAM, args, {}, listens)).process;
  }

  async kill(): Promise<void> {
    if (this.#process !== null) await end(this.#process, 'SIGKILL');
    this.#process = null;
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
