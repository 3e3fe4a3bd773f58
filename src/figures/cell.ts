// A NAS-Bench-201 cell drawn as a graph: nodes 0 to 3 from left to right, one labelled arrow for each of the six edges.

import { parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { EDGE_NAMES, EDGES } from '../spaces/nasbench201/operations.js';
import type { Box } from './geometry.js';
import { saveSvg, svgToPng } from './render.js';
import { escapeXml, textWidth } from './text.js';
import { FAINT_INK, INK, OPERATION_STYLES } from './theme.js';

export interface CellOptions {
  /** Above the drawing. */
  title?: string;
}

const WIDTH = 740;
const SPACING = 176;
const RADIUS = 21;
const LABEL = { size: 14, height: 24, pad: 9 };
const ARROW = { length: 11, width: 9 };
const DASHES: Record<string, string> = { none: '1.5 6', skip_connect: '9 6' };

type Point = readonly [x: number, y: number];

/**
 * How far an edge's curve swings out (negative is up) and the angles, in degrees from the horizontal, at which it leaves
 * and meets its nodes. Neighbours are joined by straight lines; 0 to 2 and 0 to 3 pass above, 1 to 3 below.
 */
const SWINGS: Record<string, { swing: number; leave: number; meet: number }> = {
  '1<-0': { swing: 0, leave: 0, meet: 0 },
  '2<-0': { swing: -112, leave: 38, meet: 52 },
  '2<-1': { swing: 0, leave: 0, meet: 0 },
  '3<-0': { swing: -208, leave: 72, meet: 72 },
  '3<-1': { swing: 112, leave: 45, meet: 45 },
  '3<-2': { swing: 0, leave: 0, meet: 0 },
};

interface DrawnEdge {
  /** `1<-0` … `3<-2`. */
  name: string;
  operation: string;
  label: string;
  colour: string;
  /** Start, two control points and end of the curve; the tip of the arrow. */
  curve: readonly [Point, Point, Point, Point];
  tip: Point;
  /** The box of the label. */
  box: Box;
}

const rounded = (value: number) => Number(value.toFixed(2));
const at = ([x, y]: Point) => `${rounded(x)},${rounded(y)}`;

/** Where everything of a cell goes, in pixels. The labels' boxes never touch: the six curves are apart at their middles. */
export function layoutCell(arch: string, { title }: CellOptions = {}) {
  const operations = parseArchitecture(arch);
  const top = title ? 44 : 14;
  const middle = top + 186;
  const nodes = [0, 1, 2, 3].map((n): Point => [WIDTH / 2 + (n - 1.5) * SPACING, middle]);
  const edges = EDGES.map(({ source, target }, e): DrawnEdge => {
    const { swing, leave, meet } = SWINGS[EDGE_NAMES[e]];
    const side = Math.sign(swing);
    const onRim = ([x, y]: Point, degrees: number, direction: 1 | -1, radius: number): Point => {
      const radians = (degrees * Math.PI) / 180;
      return [x + direction * radius * Math.cos(radians), y + side * radius * Math.sin(radians)];
    };
    const start = onRim(nodes[source], leave, 1, RADIUS);
    const tip = onRim(nodes[target], meet, -1, RADIUS + 1);
    const end = onRim(nodes[target], meet, -1, RADIUS + 1 + ARROW.length * 0.8);
    // The controls continue the angles, so that the curve leaves and meets its nodes straight.
    const [a, b] = [leave, meet].map((degrees) =>
      swing ? Math.abs(swing) / Math.tan((degrees * Math.PI) / 180) : 40,
    );
    const curve = [
      start,
      [nodes[source][0] + a, middle + swing],
      [nodes[target][0] - b, middle + swing],
      end,
    ] as const;
    // A cubic's middle: an eighth of its ends and three eighths of its controls.
    const [x, y] = [0, 1].map((i) => (curve[0][i] + 3 * curve[1][i] + 3 * curve[2][i] + curve[3][i]) / 8);
    const { label, colour } = OPERATION_STYLES[operations[e]];
    const half = textWidth(label, LABEL.size) / 2 + LABEL.pad;
    const box = { left: x - half, right: x + half, top: y - LABEL.height / 2, bottom: y + LABEL.height / 2 };
    return { name: EDGE_NAMES[e], operation: operations[e], label, colour, curve, tip, box };
  });
  return { width: WIDTH, height: middle + 142, middle, nodes, edges };
}

function drawEdge({ name, operation, curve, tip, colour }: DrawnEdge): string {
  const [start, first, second, end] = curve;
  const [dx, dy] = [tip[0] - end[0], tip[1] - end[1]];
  const long = Math.hypot(dx, dy);
  const [ux, uy] = [dx / long, dy / long];
  const foot: Point = [tip[0] - ux * ARROW.length, tip[1] - uy * ARROW.length];
  const [left, right] = [1, -1].map(
    (side): Point => [foot[0] - (side * uy * ARROW.width) / 2, foot[1] + (side * ux * ARROW.width) / 2],
  );
  const dash = DASHES[operation];
  return [
    `<path class="edge" id="edge-${name.replace('<-', '-')}" d="M${at(start)}C${at(first)} ${at(second)} ${at(end)}"`,
    ` fill="none" stroke="${colour}" stroke-width="2.6"${dash ? ` stroke-dasharray="${dash}" stroke-linecap="round"` : ''}/>`,
    `<path d="M${at(tip)}L${at(left)}L${at(right)}Z" fill="${colour}"/>`,
  ].join('');
}

function drawLabel({ label, colour, box }: DrawnEdge): string {
  const { left, right, top, bottom } = box;
  const size = `x="${rounded(left)}" y="${rounded(top)}" width="${rounded(right - left)}" height="${LABEL.height}"`;
  const middle = `x="${rounded((left + right) / 2)}" y="${rounded((top + bottom) / 2 + LABEL.size * 0.36)}"`;
  return [
    `<rect class="label" ${size} rx="${LABEL.height / 2}" fill="white" stroke="${colour}" stroke-width="1.6"/>`,
    `<text ${middle} text-anchor="middle" font-size="${LABEL.size}">${label}</text>`,
  ].join('');
}

/** The cell of an architecture string as the text of an SVG file: `none` dotted and grey, skip dashed. */
export function nb201CellSvg(arch: string, options: CellOptions = {}): string {
  const { width, height, middle, nodes, edges } = layoutCell(arch, options);
  const word = (x: number, y: number, text: string, rest = '') =>
    `<text x="${rounded(x)}" y="${rounded(y)}" ${rest}>${escapeXml(text)}</text>`;
  const aside = `font-size="14" fill="${FAINT_INK}" text-anchor`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="'Open Sans', Arial, Helvetica, sans-serif" font-size="14" fill="${INK}" role="img">`,
    `<title>${escapeXml(options.title ?? 'NAS-Bench-201 cell')}</title><desc>${escapeXml(arch)}</desc>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    options.title ? word(20, 31, options.title, 'font-size="17" font-weight="bold"') : '',
    ...edges.map(drawEdge),
    ...nodes.map(([x, y], n) =>
      [
        `<circle cx="${x}" cy="${y}" r="${RADIUS}" fill="white" stroke="${INK}" stroke-width="1.8"/>`,
        word(x, y + 6, String(n), 'font-size="17" font-weight="600" text-anchor="middle"'),
      ].join(''),
    ),
    ...edges.map(drawLabel),
    word(nodes[0][0] - RADIUS - 10, middle + 5, 'input', `${aside}="end"`),
    word(nodes[3][0] + RADIUS + 10, middle + 5, 'output', `${aside}="start"`),
    word(width / 2, height - 14, arch.trim(), `font-size="11" fill="${FAINT_INK}" text-anchor="middle"`),
    '</svg>',
  ]
    .filter(Boolean)
    .join('\n');
}

/** The cell as a PNG file's bytes, for a notebook: `scale` pixels for each of the drawing's. */
export function cellPng(
  arch: string,
  { scale = 2, ...options }: CellOptions & { scale?: number } = {},
): Buffer {
  return svgToPng(nb201CellSvg(arch, options), { scale });
}

/** Writes `path`.svg and `path`.png. */
export async function saveCell(arch: string, path: string, options: CellOptions = {}): Promise<void> {
  saveSvg(nb201CellSvg(arch, options), path);
}
