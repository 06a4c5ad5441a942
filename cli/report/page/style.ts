/** Made for paper: A4, black on white, no font, picture or sheet from anywhere. Colour only repeats what word and sign say. */
export const STYLE = `
:root { color-scheme: light; --text: #000; --quiet: #3c434c; --line: #8d959f; --good: #11602f; --bad: #9b1620; --open: #6b4500; --bar: #5f6b7a; --after: #0b4fa8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 190mm; padding: 6mm 4mm; background: #fff; color: var(--text); font: 9.5pt/1.35 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 15pt; line-height: 1.15; margin: 0 0 1mm; }
h2 { font-size: 11pt; margin: 3mm 0 1mm; border-bottom: 0.4mm solid var(--line); break-after: avoid; }
h3 { font-size: 9.5pt; margin: 2mm 0 0.5mm; break-after: avoid; }
p { margin: 0.8mm 0; }
ul { margin: 0.8mm 0; padding-inline-start: 4.5mm; }
.quiet { color: var(--quiet); }
.decision { border: 0.5mm solid var(--text); padding: 1.5mm 2.5mm; margin: 2mm 0; break-inside: avoid; }
.decision b.answer { font-size: 13pt; }
.sample { border: 0.6mm dashed var(--bad); color: var(--bad); font-weight: 700; padding: 1mm 2.5mm; margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; margin: 0.8mm 0; font-size: 8.5pt; line-height: 1.25; }
caption { text-align: start; color: var(--quiet); padding: 0.5mm 0; }
th, td { text-align: start; vertical-align: top; padding: 0.5mm 1mm; border-bottom: 0.15mm solid var(--line); }
thead th { border-bottom: 0.4mm solid var(--line); }
tbody th { font-weight: 400; }
p, tr, svg, li { break-inside: avoid; }
.tight, .good, .bad, .open { white-space: nowrap; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.92em; }
q { quotes: "«" "»"; font-style: italic; }
code, q, .digest { overflow-wrap: anywhere; }
code.tight { font-size: 0.85em; }
.reference { font-size: 0.85em; color: inherit; text-decoration: none; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; } .open { color: var(--open); font-weight: 600; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 4mm; }
figure { margin: 1mm 0; break-inside: avoid; }
figcaption { font-weight: 600; font-size: 8.5pt; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--text); stroke: #fff; stroke-width: 3px; paint-order: stroke; }
svg .before { fill: #fff; stroke: var(--bar); stroke-width: 1.2; }
svg .after { fill: var(--after); stroke: var(--after); stroke-width: 1.2; }
svg .limit { stroke: var(--bad); stroke-width: 1.4; stroke-dasharray: 4 2; }
.annex { margin-top: 8mm; }
.annex table { font-size: 7.5pt; }
@media print {
  @page { size: A4; margin: 12mm 11mm 13mm; @bottom-right { content: "Página " counter(page) " de " counter(pages); font: 7.5pt system-ui, "DejaVu Sans", sans-serif; } }
  body { max-width: none; padding: 0; font-size: 8.5pt; line-height: 1.28; }
  table { font-size: 7.6pt; line-height: 1.2; }
  thead { display: table-header-group; }
  th, td { padding: 0.35mm 0.8mm; }
  .annex { break-before: page; margin-top: 0; }
  * { print-color-adjust: exact; }
}
`;

/** Over every sheet, and in its margin where a browser knows margins' boxes. */
export const SAMPLE_STYLE = `
.watermark { position: fixed; inset: 40% 0 auto; text-align: center; font-size: 64pt; font-weight: 800; letter-spacing: 6mm; color: rgb(155 22 32 / 0.16); transform: rotate(-28deg); pointer-events: none; z-index: 1; }
@media print { @page { @top-center { content: "MUESTRA"; font: 700 9pt system-ui, "DejaVu Sans", sans-serif; color: #9b1620; } } }
`;
