/** Processes that a test starts, and ends: none outlives the test run. */

import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((left) => left.kill('SIGKILL')));

/** Starts a program that goes on. */
export function launch(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const launched = spawn(program, args, options);
  running.add(launched);
  launched.once('exit', () => running.delete(launched));
  return launched;
}

/** Starts a program, and waits until `until` finds in what it says what the test needs. */
export async function start<T>(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
  until: (said: string) => T | undefined,
): Promise<{ readonly process: ChildProcess; readonly said: T }> {
  const started = launch(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = await new Promise<T>((resolve, reject) => {
    let heard = '';
    const hear = (piece: Buffer): void => {
      heard += piece.toString();
      const found = until(heard);
      if (found !== undefined) resolve(found);
    };
    started.stdout?.on('data', hear);
    started.stderr?.on('data', hear);
    started.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${heard}`)));
    started.once('error', reject);
  });
  return { process: started, said };
}

/** Ends a process and waits until it is gone. */
export async function end(ending: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (ending.exitCode !== null || ending.signalCode !== null) return;
  const ended = once(ending, 'exit');
  ending.kill(signal);
  const late = setTimeout(() => ending.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
}

/** A port that is free now, for programs that cannot be told to take any. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
