// One HTTP(S) request for a file: redirections followed, an answer within a time, failures told apart.
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';

/** A failure that trying again will not mend: a 404, too slow. */
export class FinalError extends Error {}

/** No connection, or no answer. Worth another try only when the server has answered before. */
export class NoAnswer extends Error {}

/** GET with redirects followed; no content decoding (an archive must arrive as it is on the server). */
export async function request(
  url: string,
  headers: http.OutgoingHttpHeaders,
  connectSeconds: number,
): Promise<http.IncomingMessage> {
  for (let hops = 0; hops < 5; hops++) {
    const client = url.startsWith('https:') ? https : http;
    const outgoing = client.get(url, {
      headers: { 'accept-encoding': 'identity', ...headers },
      agent: false,
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${connectSeconds} s`)),
      connectSeconds * 1000,
    );
    let response: http.IncomingMessage;
    try {
      [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    } catch (error) {
      throw new NoAnswer(describe(error as NodeJS.ErrnoException));
    } finally {
      clearTimeout(timer);
    }
    // A late error of a request that we are done with must not end the process.
    outgoing.on('error', () => {});
    const { location } = response.headers;
    if (response.statusCode === undefined || response.statusCode < 300 || !location) return response;
    response.destroy();
    url = new URL(location, url).href;
  }
  throw new FinalError('too many redirections');
}

/** Several addresses failing at once arrive as an error without a message of its own. */
function describe(error: NodeJS.ErrnoException): string {
  return error.message || error.code || String(error);
}
