import { describe, expect, it } from 'vitest';

import { readEvents } from './events';

async function read(chunks: string[]): Promise<[string, string][]> {
  const bytes = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(bytes.encode(chunk));
      controller.close();
    },
  });
  const events: [string, string][] = [];
  for await (const { name, data } of readEvents(stream)) events.push([name, data]);
  return events;
}

describe('server-sent events', () => {
  const text = 'retry:2000\r\nid:1\r\nevent:progress\r\ndata:{"a":"ä"}\r\n\r\n:\n\ndata: one\ndata: two\n\nevent:cut\ndata:x';

  it('are read whole, whatever pieces they come in', async () => {
    const expected = [['progress', '{"a":"ä"}'], ['message', 'one\ntwo']];
    expect(await read([text])).toEqual(expected);
    expect(await read([...text])).toEqual(expected);
    for (let cut = 1; cut < text.length; cut += 1) {
      expect(await read([text.slice(0, cut), text.slice(cut)])).toEqual(expected);
    }
  });
});
