/** A shop's server that can be told how to misbehave. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

export class Origin {
  /** The paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #held: ServerResponse[] = [];
  #isHolding = false;
  #broken = new Map<string, number>();

  private constructor(private readonly server: Server, private readonly photo: Buffer) {
    server.on('request', (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<Origin> {
    const server = createServer();
    const origin = new Origin(server, await readFile(join(EXAMPLES, 'caps.jpg')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return origin;
  }

  /** Where a photo is. */
  link(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${path}`;
  }

  /** A sheet with a photo for each of so many products. */
  sheet(products: number, link = (n: number) => this.link(`${n}.jpg`)): string {
    const rows = Array.from({ length: products }, (_, at) => `${at + 1},Product ${at + 1},${link(at + 1)}\n`);
    return `S. No.,Product Name,Input Image Urls\n${rows.join('')}`;
  }

  /** Answers with this status at this path from now on. */
  break(path: string, status: number): void {
    this.#broken.set(`/${path}`, status);
  }

  mend(path: string): void {
    this.#broken.delete(`/${path}`);
  }

  /** Answers nothing until released. */
  hold(): void {
    this.#isHolding = true;
  }

  /** How many wait for an answer. */
  get held(): number {
    return this.#held.length;
  }

  release(count = Infinity): void {
    if (count === Infinity) this.#isHolding = false;
    for (const response of this.#held.splice(0, count)) this.#send(response);
  }

  async end(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  #answer({ url = '/' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(url);
    const status = this.#broken.get(url);
    if (status !== undefined) response.writeHead(status).end('out of order');
    else if (this.#isHolding) this.#held.push(response);
    else this.#send(response);
  }

  #send(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': this.photo.length }).end(this.photo);
  }
}
