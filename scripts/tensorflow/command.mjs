// Runs a command for npm run setup:tensorflow; what fails becomes one error that says what to do.
import { spawn } from 'node:child_process';

export class TensorflowSetupError extends Error {}

/** Output of a command. @throws TensorflowSetupError with `advice` and the command's last words where it fails. */
export function command(file, args, { advice, cwd, env = process.env, progress } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const begun = Date.now();
    const still = progress
      ? setInterval(() => console.log(`  ${progress}, ${Math.round((Date.now() - begun) / 1000)} s`), 15_000)
      : undefined;
    const fail = (why) => {
      clearInterval(still);
      reject(new TensorflowSetupError([advice, why].filter(Boolean).join('\n\n')));
    };
    child.on('error', (error) =>
      fail(error.code === 'ENOENT' ? `${file} was not found` : `${file}: ${error.message}`),
    );
    child.on('close', (status, signal) => {
      if (status !== 0)
        return fail(`${file} said:\n${lastWords(`${output}\n${errors}`) || (signal ?? status)}`);
      clearInterval(still);
      resolve(output);
    });
  });
}

/** The end of what a command printed, without progress bars. */
function lastWords(text) {
  const lines = text.split(/[\n\r]/).filter((line) => line.trim() && !/━/.test(line));
  return lines.slice(-12).join('\n');
}
