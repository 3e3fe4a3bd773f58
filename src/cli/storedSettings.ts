// Settings from a file: of their own, or those in the manifest.json of a run.
import { readFileSync } from 'node:fs';

/** Settings stored in a JSON file, or in the manifest.json of a run. */
export function storedSettings<Config>(path: string): Partial<Config> {
  const text = readFileSync(path, 'utf8');
  try {
    const content = JSON.parse(text);
    return content.config ?? content;
  } catch (error) {
    throw new Error(
      `${path} is no JSON with settings (${(error as Error).message}): give the manifest.json of a run, or settings by name`,
    );
  }
}
