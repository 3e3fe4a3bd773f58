// One half of a circle of imports, for the kernel's test.
import { isOdd } from './odd.js';

export const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);
