/** What hands do outside of the page: drag files, close the window, use the tray. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Desk, lines } from './desk';

/** Debian's own, which has GTK. */
const PYTHON = process.env.PIXMILL_TEST_PYTHON ?? '/usr/bin/python3';
const script = (name: string): string => join(import.meta.dirname, name);

/** Where files are dragged from: beside the window. */
const SOURCE = { x: 1500, y: 1100 };
const STEPS = 12;

/** A notification, or progress on the task bar. */
export type Notice =
  | { readonly title: string; readonly body: string; readonly actions: readonly string[] }
  | { readonly progress: number | null; readonly visible: boolean };

export class Hands {
  constructor(private readonly desk: Desk) {}

  /** Takes files and holds them over the window; they are dropped with `letGo`. */
  async hold(...paths: string[]): Promise<void> {
    await this.desk.start(PYTHON, [script('drag.py'), String(SOURCE.x), String(SOURCE.y), ...paths], ready);
    const to = await this.#middle();
    const from = { x: SOURCE.x + 40, y: SOURCE.y + 40 };
    const way = Array.from({ length: STEPS }, (_, at) => {
      const part = (at + 1) / STEPS;
      const place = (axis: 'x' | 'y'): string => String(Math.round(from[axis] + (to[axis] - from[axis]) * part));
      // A hand takes its time; a drag that jumps is none for GTK.
      return ['mousemove', place('x'), place('y'), 'sleep', '0.06'];
    });
    await this.desk.run('xdotool', 'mousemove', String(from.x), String(from.y), 'mousedown', '1', ...way.flat());
  }

  /** Moves what is held out of the window again. */
  async away(): Promise<void> {
    await this.desk.run('xdotool', 'mousemove', String(SOURCE.x), String(SOURCE.y), 'sleep', '0.06', 'mousemove', String(SOURCE.x + 5), String(SOURCE.y + 5));
  }

  async letGo(): Promise<void> {
    await this.desk.run('xdotool', 'mouseup', '1');
  }

  /** Closes the window as the button in its corner does. */
  async closeWindow(): Promise<void> {
    await this.desk.run(PYTHON, script('close.py'), await this.#window());
  }

  /** Whether the window can be seen. */
  async seesWindow(): Promise<boolean> {
    return (await this.windows()) > 0;
  }

  /** How many windows of the app can be seen. */
  async windows(): Promise<number> {
    return (await this.#found()).length;
  }

  /** Gives the display a tray. To be called before the app is started. */
  async makeTray(): Promise<void> {
    await this.desk.start(PYTHON, [script('tray.py'), 'watch'], ready);
  }

  async trayMenu(): Promise<{ label: string; isEnabled: boolean }[]> {
    return JSON.parse(await this.desk.run(PYTHON, script('tray.py'), 'menu')) as { label: string; isEnabled: boolean }[];
  }

  async chooseInTray(label: string): Promise<void> {
    await this.desk.run(PYTHON, script('tray.py'), 'click', label);
  }

  /** Gives the display a place for notifications, which are followed at once, and a task bar. */
  async makeNotices(): Promise<void> {
    await this.desk.start(PYTHON, [script('notices.py'), this.desk.path('notices')], ready);
  }

  /** What was shown there, in its order. */
  async notices(): Promise<readonly Notice[]> {
    const noted = await readFile(this.desk.path('notices'), 'utf8').catch(() => '');
    return lines(noted).map((line) => JSON.parse(line) as Notice);
  }

  async #found(): Promise<string[]> {
    // GTK has windows of its own besides. It fails where it finds none.
    const said = await this.desk.run('xdotool', 'search', '--onlyvisible', '--name', '^Pixmill$').catch(() => '');
    return said.split('\n').filter((line) => /^\d+$/.test(line));
  }

  async #window(): Promise<string> {
    const [first] = await this.#found();
    if (first === undefined) throw new Error('the app has no window');
    return first;
  }

  async #middle(): Promise<{ x: number; y: number }> {
    const said = await this.desk.run('xdotool', 'getwindowgeometry', '--shell', await this.#window());
    const of = (name: string): number => Number(new RegExp(`^${name}=(-?\\d+)`, 'm').exec(said)?.[1]);
    return { x: of('X') + of('WIDTH') / 2, y: of('Y') + of('HEIGHT') / 2 };
  }
}

const ready = (said: string): true | undefined => (/^ready$/m.test(said) ? true : undefined);
