// The other half of a circle of imports, for the kernel's test.
import { isEven } from './even.js';

export const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);
