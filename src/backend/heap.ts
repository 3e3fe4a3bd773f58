// A first-fit heap over one growing address range: what malloc is to the wasm module's memory.

export interface Heap {
  /** The address of `bytes` free bytes, or undefined when the range cannot grow that far. */
  take(bytes: number): number | undefined;
  give(address: number, bytes: number): void;
}

/** A heap from `start` upward; `reach(end)` makes the addresses below `end` usable and says whether it could. */
export function createHeap(start: number, alignment: number, reach: (end: number) => boolean): Heap {
  const round = (value: number) => Math.ceil(value / alignment) * alignment;
  let top = round(start);
  // Free ranges below `top`, by address; neighbours are merged.
  const free: { address: number; bytes: number }[] = [];
  return {
    take(wanted) {
      const bytes = round(Math.max(1, wanted));
      const index = free.findIndex((range) => range.bytes >= bytes);
      if (index >= 0) {
        const range = free[index];
        const address = range.address;
        if (range.bytes === bytes) free.splice(index, 1);
        else {
          range.address += bytes;
          range.bytes -= bytes;
        }
        return address;
      }
      const last = free[free.length - 1];
      const address = last && last.address + last.bytes === top ? last.address : top;
      if (!reach(address + bytes)) return undefined;
      if (address !== top) free.pop();
      top = address + bytes;
      return address;
    },
    give(address, size) {
      const bytes = round(Math.max(1, size));
      let index = free.findIndex((range) => range.address > address);
      if (index < 0) index = free.length;
      free.splice(index, 0, { address, bytes });
      const merge = (left: number) => {
        const a = free[left];
        const b = free[left + 1];
        if (a && b && a.address + a.bytes === b.address) {
          a.bytes += b.bytes;
          free.splice(left + 1, 1);
        }
      };
      merge(index);
      merge(index - 1);
    },
  };
}
