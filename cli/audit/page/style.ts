/** The page's style: no font, picture or sheet from anywhere. Verdicts have a word and a sign; colour comes on top. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f5f6f8; --text: #1b1f24; --quiet: #4d5663; --line: #c3c9d1; --link: #0b4fa8;
  --good: #11602f; --good-back: #e0f3e6; --bad: #9b1620; --bad-back: #fde5e6; --open: #6b4500; --open-back: #fbeecb;
  --none: #444d58; --none-back: #e6e9ed; --focus: #0b4fa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1d2127; --text: #e8ebef; --quiet: #b3bbc6; --line: #454d58; --link: #8fc0ff;
    --good: #8fe0a9; --good-back: #143321; --bad: #ffb0b3; --bad-back: #45181c; --open: #f3cf80; --open-back: #3b2d0b;
    --none: #c5ccd5; --none-back: #2c323a; --focus: #8fc0ff;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: auto; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header, nav, main, footer, .filters { max-width: 78rem; margin: 0 auto; padding: 0.75rem 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.35rem; margin: 2rem 0 0.5rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1.1rem; margin: 1.25rem 0 0.5rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--page); padding: 0.5rem; z-index: 1; }
nav ul, .plain { list-style: none; margin: 0; padding: 0; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
nav a { display: inline-block; padding: 0.25rem 0; }
code, .digest { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0.75rem; margin: 0.75rem 0; padding: 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.6rem 0.8rem; }
.cards b { display: block; font-size: 1.25rem; }
.filters { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; }
.filters[hidden] { display: none; }
.filters > div { min-width: 0; max-width: 100%; }
.filters label { display: block; font-weight: 600; }
.filters input, .filters select, .filters button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--quiet); border-radius: 0.3rem; padding: 0.35rem 0.5rem; min-height: 2.25rem; max-width: 100%; }
.filters .search { flex: 1 1 16rem; }
.filters .search input { width: 100%; }
.filters [role="status"] { flex-basis: 100%; margin: 0; }
.scroll { overflow-x: auto; margin: 0.5rem 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: start; color: var(--quiet); padding: 0.25rem 0; }
th, td { text-align: start; vertical-align: top; padding: 0.4rem 0.5rem; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--line); }
tbody th { font-weight: 400; min-width: 12rem; }
th, td { min-width: 7rem; }
.id { white-space: nowrap; }
.wide { min-width: 14rem; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 1rem; border: 1px solid currentColor; font-weight: 600; font-size: 0.9rem; white-space: nowrap; }
.good { color: var(--good); background: var(--good-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.open { color: var(--open); background: var(--open-back); }
.none { color: var(--none); background: var(--none-back); }
details { border: 1px solid var(--line); border-radius: 0.4rem; margin: 0.4rem 0; background: var(--card); }
summary { padding: 0.4rem 0.6rem; cursor: pointer; }
summary code { font-weight: 600; }
details > div { padding: 0 0.8rem 0.6rem; background: var(--page); border-radius: 0 0 0.4rem 0.4rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: 0.2rem 1rem; margin: 0.5rem 0; }
dt { font-weight: 600; }
dd { margin: 0; }
.names { columns: 18rem; margin: 0.25rem 0; padding-inline-start: 1.2rem; font-size: 0.9rem; }
.picture { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.4rem; background: var(--page); }
.picture > svg { display: block; width: 100%; min-width: 44rem; height: auto; color: var(--text); }
svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
svg .title { font-weight: 600; }
svg .small { font-size: 11px; fill: var(--quiet); }
svg .band { fill: var(--card); stroke: var(--line); }
svg .node { overflow: hidden; }
svg .box { fill: var(--page); stroke: var(--quiet); }
svg .edge { fill: none; stroke: var(--link); stroke-opacity: 0.55; stroke-width: 1.3; }
svg marker path { fill: var(--link); }
[data-item][hidden], [data-group][hidden] { display: none; }
@media (max-width: 40rem) {
  dl { grid-template-columns: minmax(0, 1fr); }
  dd { margin-bottom: 0.4rem; }
  .names { columns: auto; }
}
@media (forced-colors: active) { .badge { border: 1px solid; } }
@media print {
  @page { size: A4; margin: 14mm 12mm; }
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #ffffff; --text: #000000; --quiet: #333333; --line: #999999; --link: #000000;
    --good: #11602f; --good-back: #ffffff; --bad: #9b1620; --bad-back: #ffffff; --open: #6b4500; --open-back: #ffffff;
    --none: #444444; --none-back: #ffffff;
  }
  body { font-size: 9pt; }
  header, nav, main, footer { max-width: none; padding: 0; }
  nav, .filters, .filters[hidden], .skip { display: none; }
  h2, h3, caption, summary { break-after: avoid; }
  h2 { font-size: 14pt; } h3 { font-size: 11pt; }
  tr, svg, .cards li { break-inside: avoid; }
  thead { display: table-header-group; }
  table { font-size: 7.5pt; table-layout: auto; }
  th, td, tbody th, .wide { min-width: 15mm; padding: 1mm; }
  .badge { white-space: normal; }
  .scroll, .picture { overflow: visible; }
  .picture > svg { min-width: 0; }
  /* Closed ones too: paper cannot be clicked. */
  details::details-content { content-visibility: visible; block-size: auto; display: block; }
  details { border: 0; border-top: 1px solid var(--line); border-radius: 0; }
  summary { list-style: none; padding: 1mm 0; }
}
`;
