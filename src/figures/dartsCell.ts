// A DARTS cell drawn as stairs: every node a step, its two inputs dropping from their sources and turning into it, no line over a label.
import { parseGenotype } from '../spaces/darts/genotype.js';
import { DARTS_STYLES as STYLES } from './dartsStyles.js';
import { saveSvg, svgToPng } from './render.js';
import { escapeXml, textWidth } from './text.js';
import { FAINT_INK, INK } from './theme.js';

export interface DartsCellOptions {
  /** Above the drawing. */
  title?: string;
}

const COLUMN = 186;
const ROW = 92;
const LEFT = 64;
const RADIUS = 21;
const LABEL = { size: 14, height: 26, pad: 9, apart: 17 };
const BEND = 10;
const ARROW = { length: 11, width: 9 };

const rounded = (value: number) => Number(value.toFixed(2));

export interface DrawnDartsEdge {
  label: string;
  colour: string;
  dash?: string;
  /** Path from the source to the arrow, and the arrow's tip. */
  line: string;
  tip: [number, number];
  /** The label's box. */
  box: { left: number; right: number; top: number; bottom: number };
}

/** Where everything of a cell goes, in pixels; `kind` chooses the genotype's normal or reduction cell. */
export function layoutDartsCell(
  genotype: string,
  kind: 'normal' | 'reduce',
  { title }: DartsCellOptions = {},
) {
  const parsed = parseGenotype(genotype);
  const edges = kind === 'normal' ? parsed.normal : parsed.reduce;
  const concat = kind === 'normal' ? parsed.normalConcat : parsed.reduceConcat;
  const top = title ? 78 : 40;
  const count = 2 + edges.length / 2;
  // The two inputs share the top row.
  const nodes = Array.from({ length: count }, (_, i) => ({
    x: LEFT + i * COLUMN,
    y: top + Math.max(0, i - 1) * ROW,
    name: i === 0 ? 'c_{k-2}' : i === 1 ? 'c_{k-1}' : String(i - 2),
  }));
  // The lower of a node's two inputs comes from the older source: the newer's line then turns above it and they do not cross.
  const below = edges.map(([, source], e) => {
    const other = edges[e % 2 ? e - 1 : e + 1][1];
    return source === other ? e % 2 === 1 : source < other;
  });
  const depth = (e: number) => 2 * Math.floor(e / 2) + (below[e] ? 1 : 0);
  const drawn = edges.map(([operation, source], e): DrawnDartsEdge => {
    const target = nodes[2 + Math.floor(e / 2)];
    const y = target.y + (below[e] ? LABEL.apart : -LABEL.apart);
    // The deeper a line drops, the farther left, so that lines of one source do not cross.
    const siblings = edges.flatMap((edge, other) => (edge[1] === source ? [other] : []));
    const lane = siblings.filter((other) => depth(other) > depth(e)).length;
    const spread = Math.min(5, (2 * (RADIUS - 4)) / Math.max(1, siblings.length - 1));
    const x = nodes[source].x + (lane - (siblings.length - 1) / 2) * spread;
    const { label, colour, dash } = STYLES[operation];
    const width = textWidth(label, LABEL.size) + 2 * LABEL.pad;
    const right = target.x - RADIUS - 26;
    const angle = Math.asin(below[e] ? 0.62 : -0.62);
    const tip: [number, number] = [
      rounded(target.x - (RADIUS + 1) * Math.cos(angle)),
      rounded(target.y + (RADIUS + 1) * Math.sin(angle)),
    ];
    const line =
      `M${rounded(x)},${nodes[source].y}V${y - BEND}Q${rounded(x)},${y} ${rounded(x + BEND)},${y}` +
      `H${right}L${rounded(tip[0] - ARROW.length * 0.8)},${tip[1]}`;
    const box = { left: right - width, right, top: y - LABEL.height / 2, bottom: y + LABEL.height / 2 };
    return { label, colour, dash, line, tip, box };
  });
  const outputX = LEFT + (count - 1) * COLUMN + 92;
  return { nodes, drawn, concat, outputX, width: outputX + 56, height: nodes[count - 1].y + RADIUS + 34 };
}

/** An edge over a white border, which parts it from the lines that it crosses. */
function drawEdge({ line, tip: [x, y], colour, dash }: DrawnDartsEdge): string {
  const dashes = dash ? ` stroke-dasharray="${dash}" stroke-linecap="round"` : '';
  const foot = rounded(x - ARROW.length);
  const arrow = `M${x},${y}L${foot},${rounded(y - ARROW.width / 2)}L${foot},${rounded(y + ARROW.width / 2)}Z`;
  return [
    `<path d="${line}" fill="none" stroke="white" stroke-width="6"/>`,
    `<path class="edge" d="${line}" fill="none" stroke="${colour}" stroke-width="2.6"${dashes}/>`,
    `<path d="${arrow}" fill="${colour}"/>`,
  ].join('');
}

/** The cell of a genotype (text or published name) as the text of an SVG file. */
export function dartsCellSvg(
  genotype: string,
  kind: 'normal' | 'reduce',
  options: DartsCellOptions = {},
): string {
  const { nodes, drawn, concat, outputX, width, height } = layoutDartsCell(genotype, kind, options);
  const word = (x: number, y: number, text: string, rest: string) =>
    `<text x="${x}" y="${y}" ${rest}>${text}</text>`;
  const joined = concat.map((i) => nodes[i]);
  const [first, last] = [joined[0].y, joined[joined.length - 1].y];
  const faint = `stroke="${FAINT_INK}" stroke-width="1.6" fill="none"`;
  const named = (name: string) => {
    const index = name.match(/^c_\{(.*)\}$/);
    return index ? `c<tspan font-size="12" dy="4">${index[1].replace('-', '−')}</tspan>` : name;
  };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="'Open Sans', Arial, Helvetica, sans-serif" font-size="14" fill="${INK}" role="img">`,
    `<title>${escapeXml(options.title ?? `DARTS ${kind === 'normal' ? 'normal' : 'reduction'} cell`)}</title><desc>${escapeXml(genotype)}</desc>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    options.title ? word(20, 31, escapeXml(options.title), 'font-size="17" font-weight="bold"') : '',
    ...joined.map(({ x, y }) => `<path d="M${x + RADIUS},${y}H${outputX}" ${faint} stroke-dasharray="3 4"/>`),
    `<path d="M${outputX},${first}V${Math.max(last, first + 1)}" ${faint}/>`,
    ...drawn.map(drawEdge),
    ...nodes.map(({ x, y, name }) =>
      [
        `<circle cx="${x}" cy="${y}" r="${RADIUS}" fill="white" stroke="${INK}" stroke-width="1.8"/>`,
        word(
          x,
          y + 6,
          named(name),
          `font-size="${name.startsWith('c') ? 15 : 17}" font-weight="600" text-anchor="middle"`,
        ),
      ].join(''),
    ),
    ...drawn.map(({ label, colour, box }) =>
      [
        `<rect class="label" x="${box.left.toFixed(2)}" y="${box.top}" width="${(box.right - box.left).toFixed(2)}" height="${LABEL.height}" rx="${LABEL.height / 2}" fill="white" stroke="${colour}" stroke-width="1.6"/>`,
        word(
          Number(((box.left + box.right) / 2).toFixed(2)),
          (box.top + box.bottom) / 2 + LABEL.size * 0.36,
          label,
          `text-anchor="middle" font-size="${LABEL.size}"`,
        ),
      ].join(''),
    ),
    word(
      outputX + 10,
      (first + last) / 2 + 5,
      'c<tspan font-size="12" dy="4">k</tspan>',
      'font-size="15" font-weight="600"',
    ),
    '</svg>',
  ]
    .filter(Boolean)
    .join('\n');
}

/** The cell as a PNG file's bytes: `scale` pixels for each of the drawing's. */
export function dartsCellPng(
  genotype: string,
  kind: 'normal' | 'reduce',
  { scale = 2, ...options }: DartsCellOptions & { scale?: number } = {},
): Buffer {
  return svgToPng(dartsCellSvg(genotype, kind, options), { scale });
}

/** Writes `path`.svg and `path`.png. */
export function saveDartsCell(
  genotype: string,
  kind: 'normal' | 'reduce',
  path: string,
  options: DartsCellOptions = {},
): void {
  saveSvg(dartsCellSvg(genotype, kind, options), path);
}
