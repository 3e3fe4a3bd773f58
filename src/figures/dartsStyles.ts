// How the operations of the DARTS space look, in every drawing and figure.
import { COLOURS, NONE_GREY } from './theme.js';

/** Readable name, colour and dashes of every operation of a genotype; kernel size shows in the label, family in the colour. */
export const DARTS_STYLES: Record<string, { label: string; colour: string; dash?: string }> = {
  none: { label: 'none', colour: NONE_GREY, dash: '1.5 6' },
  skip_connect: { label: 'skip', colour: COLOURS.orange, dash: '9 6' },
  max_pool_3x3: { label: 'max pool 3×3', colour: COLOURS.purple },
  avg_pool_3x3: { label: 'avg pool 3×3', colour: COLOURS.green },
  sep_conv_3x3: { label: 'sep conv 3×3', colour: COLOURS.sky },
  sep_conv_5x5: { label: 'sep conv 5×5', colour: COLOURS.blue },
  sep_conv_7x7: { label: 'sep conv 7×7', colour: COLOURS.black },
  dil_conv_3x3: { label: 'dil conv 3×3', colour: COLOURS.vermilion },
  dil_conv_5x5: { label: 'dil conv 5×5', colour: '#8F3E00' },
  conv_7x1_1x7: { label: 'conv 7×1, 1×7', colour: '#4D4D4D' },
};
