// What an option's text means: numbers, ranges and amounts, refused with a word on what would do.
import { InvalidArgumentError } from 'commander';

export const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not a number`);
  return value;
};
export const integer = (text: string): number => {
  const value = number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError(`${text} is not an integer`);
  return value;
};

/** `10:1` gives the temperature's first and last value. */
export const temperatureRange = (text: string): { initial: number; final: number } => {
  const parts = text.split(':');
  if (parts.length !== 2)
    throw new InvalidArgumentError(
      `${JSON.stringify(text)} is no range: write it as initial:final, e.g. 10:1`,
    );
  return { initial: number(parts[0]), final: number(parts[1]) };
};

/** GiB as bytes; `none` is no bound. */
export const memoryAllowed = (text: string): number => {
  if (text === 'none') return Number.POSITIVE_INFINITY;
  const value = number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`${text} is no positive number of GiB, and not none`);
  return value * 2 ** 30;
};
