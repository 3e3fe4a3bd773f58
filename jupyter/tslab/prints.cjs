// Collects what a cell prints and sends it every 20 ms: one message a line would drown the front end.
const { StringDecoder } = require('node:string_decoder');

const INTERVAL_MS = 20;

/** `send(name, text)` is called with "stdout" or "stderr"; the order of the two is kept. */
function batchedWriter(send) {
  let stream = 'stdout';
  let text = '';
  let last = 0;
  let timer;
  function flush() {
    clearTimeout(timer);
    timer = undefined;
    last = Date.now();
    if (text) send(stream, text);
    text = '';
  }
  function write(name, more) {
    if (name !== stream) flush();
    stream = name;
    text += more;
    // In a synchronous loop no timer fires, hence the look at the clock.
    if (Date.now() - last >= INTERVAL_MS) flush();
    else timer ??= setTimeout(flush, INTERVAL_MS);
  }
  return { write, flush };
}

/** Lets process.stdout and process.stderr write to `writer`, also when asked for bytes or a callback. */
function redirect(writer) {
  for (const name of ['stdout', 'stderr']) {
    const decoder = new StringDecoder('utf8');
    process[name].write = (chunk, encoding, callback) => {
      const done = typeof encoding === 'function' ? encoding : callback;
      writer.write(name, typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
      if (done) setImmediate(done);
      return true;
    };
  }
}

module.exports = { batchedWriter, redirect };
