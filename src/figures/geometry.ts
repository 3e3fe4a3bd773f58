// Boxes and SVG's transformation matrices.

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** a, b, c, d, e, f of SVG: x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [number, number, number, number, number, number];

/** Contains nothing; the neutral element of `union`. */
export const EMPTY: Box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

/** The smallest box around both. */
export function union(a: Box, b: Box): Box {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** The matrix of a `transform` attribute. */
export function parseTransform(text: string): Matrix {
  let result: Matrix = [1, 0, 0, 1, 0, 0];
  for (const [, name, list] of text.matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [p = 0, q, r, ...rest] = (list.match(/-?[\d.]+(?:e[-+]?\d+)?/g) ?? []).map(Number);
    if (name === 'translate') result = multiply(result, [1, 0, 0, 1, p, q ?? 0]);
    else if (name === 'scale') result = multiply(result, [p, 0, 0, q ?? p, 0, 0]);
    else if (name === 'matrix') result = multiply(result, [p, q, r, rest[0], rest[1], rest[2]]);
    else if (name === 'rotate') {
      const [cos, sin] = [Math.cos((p * Math.PI) / 180), Math.sin((p * Math.PI) / 180)];
      const [cx, cy] = [q ?? 0, r ?? 0];
      result = multiply(result, [cos, sin, -sin, cos, cx - cos * cx + sin * cy, cy - sin * cx - cos * cy]);
    }
  }
  return result;
}

function multiply(m: Matrix, n: Matrix): Matrix {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ];
}

/** The upright box around the transformed one. */
export function transformBox(box: Box, m: Matrix): Box {
  if (box.left > box.right) return EMPTY;
  let result = EMPTY;
  for (const x of [box.left, box.right]) {
    for (const y of [box.top, box.bottom]) {
      const [u, v] = [m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]];
      result = union(result, { left: u, right: u, top: v, bottom: v });
    }
  }
  return result;
}
