// The look of the report's page.

// Colours are Okabe and Ito's, as in the figures; the words say the same as the colours.
export const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 1180px; padding: 2rem 1.5rem 6rem; color: #222; background: #fff;
  font: 15px/1.55 "Open Sans", "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; } h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; }
h3 { font-size: 1.02rem; margin: 1.6rem 0 .4rem; }
p, li { max-width: 52rem; } a { color: #0072B2; } code { font-size: .88em; background: #f4f4f4; padding: .1em .3em; border-radius: 3px; }
.lead { color: #595959; font-size: 1.05rem; } .source { color: #595959; font-size: .88rem; margin: .2rem 0; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .38rem .65rem; border-bottom: 1px solid #e6e6e6; }
thead th { border-bottom: 1.5px solid #9a9a9a; font-weight: 600; } tbody tr:hover { background: #fafafa; }
table.summary td:nth-child(n+2):nth-child(-n+8) { text-align: right; } .matrix td:first-child { font-weight: 600; }
.matrix .measured { display: block; font-weight: 600; } .faint { color: #8c8c8c; }
.verdict { display: inline-block; white-space: nowrap; border-radius: 3px; padding: .05rem .4rem; font-size: .92em; font-weight: 600; }
.reproduced { background: #d3ece4; color: #00553e; } .within-noise { background: #dcecf7; color: #00456b; }
.consistent-at-smaller-scale { background: #e4f1fa; color: #00538a; } .differs { background: #f9dfd0; color: #8a3c00; }
.too-few-seeds { background: #fbf0c8; color: #5d5000; } .not-run { background: #efefef; color: #595959; }
figure { margin: 2rem 0; } figure img { max-width: 100%; height: auto; border: 1px solid #e6e6e6; }
figcaption { color: #595959; font-size: .9rem; max-width: 52rem; } details { margin: 1rem 0; } summary { cursor: pointer; }
@media print { body { max-width: none; font-size: 11px; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
`;
