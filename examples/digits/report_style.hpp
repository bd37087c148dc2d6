// SPDX-License-Identifier: MIT
// The style of the report. Series differ by colour (Okabe and Ito's, which do without red against green), by shape and by dashes.
#pragma once

#include <string_view>

namespace digits {

inline constexpr std::string_view report_style = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1b1f24; --soft: #57606a; --rule: #d3d9df; --tint: #f2f5f8; --accent: #0b5cad;
  --c0: #0b5cad; --c1: #c04f00; --c2: #00795a; --c3: #9b3f80; --c4: #1b1f24; --heat: 194, 80, 0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181d; --ink: #e6ebf0; --soft: #a2aeba; --rule: #3a434d; --tint: #1d232a; --accent: #6db5f5;
    --c0: #6db5f5; --c1: #f0a050; --c2: #3ecfa0; --c3: #e39ac9; --c4: #e6ebf0; --heat: 240, 150, 70;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main, header, footer { max-width: 1240px; margin: 0 auto; padding: 0 16px; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .25rem; }
p { max-width: 46rem; margin: .5rem 0; }
figure { margin: .75rem 0 0; }
figcaption, .note { color: var(--soft); font-size: .875rem; max-width: 40rem; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem 2rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem; margin: .5rem 0; }
dt { color: var(--soft); } dd { margin: 0; }

table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .5rem; max-width: 40rem; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; }
th:first-child { text-align: left; padding-left: 0; }
thead th { font-size: .8125rem; color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
td small { color: var(--soft); white-space: nowrap; }
.layers, .rates { font-size: .875rem; }
.confusion { font-size: .8125rem; table-layout: fixed; width: 100%; max-width: 30rem; }
.confusion th, .confusion td { padding: .2rem .35rem; text-align: center; border: 1px solid var(--rule); }
.confusion th:first-child { padding-left: .35rem; text-align: center; }
.confusion .right { background: var(--tint); }
.confusion .zero { color: var(--soft); }

.digits { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: .75rem; padding: 0; margin: .5rem 0;
  max-width: 560px; }
.digits li { text-align: center; font-size: .8125rem; line-height: 1.3; }
.digits svg { width: 64px; height: 64px; border: 1px solid var(--rule); display: block; margin: 0 auto .25rem; color: var(--ink); }
.digits path { fill: currentColor; shape-rendering: crispEdges; }
.g1 { fill-opacity: .3; } .g2 { fill-opacity: .65; }

svg.wide, svg.narrow { width: 100%; height: auto; display: block; }
svg.wide { max-width: 720px; display: none; }
svg.narrow { max-width: 460px; }
svg text { font-family: system-ui, sans-serif; fill: var(--ink); }
.tick { font-size: 11px; } .title { font-size: 12px; } svg .tick, svg .title { fill: var(--soft); }
.label { font-size: 12px; paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
.narrow .label { font-size: 11px; }
.strong { font-weight: 600; }
.grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); }
.strip { fill: var(--tint); } .break { stroke: var(--soft); stroke-dasharray: 2 3; }
.leader { stroke: var(--soft); stroke-width: .8; opacity: .8; }
.front { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: 5 4; }
.point { fill: var(--page); stroke: var(--ink); stroke-width: 1.5; }
.point.chosen { fill: var(--accent); stroke: var(--accent); }
.s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); } .s4 { --c: var(--c4); }
.series { fill: none; stroke: var(--c); stroke-width: 1.75; }
.series.s1 { stroke-dasharray: 6 3; } .series.s2 { stroke-dasharray: 2 3; } .series.s3 { stroke-dasharray: 8 3 2 3; } .series.s4 { stroke-dasharray: 1 2; }
.mark { fill: var(--c); stroke: var(--page); stroke-width: 1; }
.below { fill: var(--page); stroke: var(--c); stroke-width: 1.5; }
.bar { fill: none; stroke: var(--c); stroke-width: 1.25; }
.ring { fill: none; stroke: var(--c); stroke-width: 2; }
.threshold { stroke: var(--c); stroke-width: 1; stroke-dasharray: 3 4; }

@media (min-width: 640px) {
  svg.wide { display: block; } svg.narrow { display: none; }
}
@media (min-width: 1080px) {
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (max-width: 759px) {
  /* A row of the summary becomes a small card, its cells with their own heads. */
  .summary, .summary tbody { display: block; width: 100%; } .summary thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .summary caption { display: block; }
  .summary tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .3rem .5rem; align-items: end; padding: .5rem 0; border-bottom: 1px solid var(--rule); }
  .summary th, .summary td { border: 0; padding: 0; text-align: left; }
  .summary tbody th { grid-column: 1 / -1; }
  .summary td { font-size: .875rem; line-height: 1.3; }
  .summary td::before { content: attr(data-head); display: block; color: var(--soft); font-size: .75rem; }
}
@media (max-width: 479px) {
  .pair > div { overflow-x: auto; }
  .layers, .rates { font-size: .75rem; } .layers th, .layers td, .rates th, .rates td { padding: .25rem .2rem; }
  .rates small { display: block; }
  .layers thead th, .rates thead th { font-size: .75rem; }
  .layers small { white-space: normal; }
  .confusion { font-size: .6875rem; } .confusion th, .confusion td { padding: .15rem 0; }
}
@media (max-width: 379px) {
  .layers, .rates { font-size: .6875rem; } .layers th, .layers td { padding: .2rem .1rem; }
}
)css";

}  // namespace digits
