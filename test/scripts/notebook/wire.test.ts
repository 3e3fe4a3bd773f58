// Messages to and from a kernel are signed.
import { expect } from 'chai';
import { decode, encode } from '../../../scripts/notebook/wire.js';

const frames = (key: string) => {
  const { id, frames: parts } = encode(key, 'session', 'execute_request', { code: '1 + 1' });
  return { id, parts: ['routing', ...parts].map((part) => Buffer.from(part)) };
};

describe('wire format', () => {
  it('carries type and content behind any routing frames', () => {
    const { parts } = frames('secret');
    expect(decode('secret', parts)).to.deep.equal({
      type: 'execute_request',
      parent: '',
      content: { code: '1 + 1' },
    });
  });

  it('signs as the specification says', () => {
    // HMAC-SHA256 with key "k" over '{"a":1}{}{}{}', by: printf '{"a":1}{}{}{}' | openssl dgst -sha256 -hmac k
    const signature = 'df48333744c93a068698742b5d4af647d20e4e71a5a8e2e117cb18a59072bfa2';
    const parts = ['<IDS|MSG>', signature, '{"a":1}', '{}', '{}', '{}'].map((part) => Buffer.from(part));
    expect(() => decode('k', parts)).not.to.throw();
  });

  it('refuses a message that another key signed, and what is no message', () => {
    const { parts } = frames('secret');
    expect(() => decode('other', parts)).to.throw(/signature/);
    expect(() => decode('secret', parts.slice(0, 4))).to.throw(/frames are missing/);
  });

  it('gives each request an id of its own', () => {
    expect(frames('secret').id).not.to.equal(frames('secret').id);
  });
});
