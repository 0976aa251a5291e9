/** One message of a stream of server-sent events. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** The messages of a response of type `text/event-stream`, as they come. Comments are dropped. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      text = (text + decoder.decode(value, { stream: true })).replaceAll('\r\n', '\n');
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const event = parsed(message);
        if (event !== null) yield event;
      }
    }
  } finally {
    // Whoever stops reading closes the connection.
    await reader.cancel().catch(() => undefined);
  }
}

function parsed(message: string): ServerEvent | null {
  const fields = new Map<string, string>();
  for (const line of message.split('\n')) {
    // Not by a pattern: to one, some characters of the text would end the line.
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(line.startsWith(' ', colon + 1) ? colon + 2 : colon + 1);
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  const data = fields.get('data');
  if (data === undefined) return null;
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data };
}
