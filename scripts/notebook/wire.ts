// The Jupyter wire format: signed multipart messages (https://jupyter-client.readthedocs.io/en/stable/messaging.html).
import { createHmac, randomUUID } from 'node:crypto';

export interface Message {
  type: string;
  /** msg_id of the request that this message belongs to. */
  parent: string;
  // biome-ignore lint/suspicious/noExplicitAny: the content's shape depends on the message type
  content: Record<string, any>;
}

const DELIMITER = '<IDS|MSG>';

function sign(key: string, parts: readonly (string | Buffer)[]): string {
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A request's frames and its id. */
export function encode(
  key: string,
  session: string,
  type: string,
  content: object,
): { id: string; frames: string[] } {
  const id = randomUUID();
  const date = new Date().toISOString();
  const header = { msg_id: id, session, username: 'drnas', date, msg_type: type, version: '5.3' };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return { id, frames: [DELIMITER, sign(key, parts), ...parts] };
}

/** Throws where the frames are no message or the signature is not that of `key`. */
export function decode(key: string, frames: readonly Buffer[]): Message {
  const start = frames.findIndex((frame) => frame.toString() === DELIMITER);
  if (start < 0 || frames.length < start + 6) throw new Error('not a Jupyter message: frames are missing');
  const parts = frames.slice(start + 2);
  const signature = frames[start + 1].toString();
  if (sign(key, parts) !== signature)
    throw new Error(`a message's signature ${signature} does not fit the key`);
  const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()));
  return { type: header.msg_type, parent: parent.msg_id ?? '', content };
}
