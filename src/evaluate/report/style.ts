/**
 * @file The page's style sheet. Colours: Okabe and Ito's palette (2008), which colour-blind readers can tell apart;
 * secure is blue-green, vulnerable is vermilion, and both also differ in underline. Contrast of text is at least 4.5:1.
 */
const LIGHT = `--paper:#fbfaf7;--card:#ffffff;--ink:#1c2128;--quiet:#5c6570;--rule:#e2dfd7;--soft:#f3f1ea;--link:#005a8f;
--good:#00694d;--good-soft:#dff3ea;--bad:#a63a00;--bad-soft:#fdebe0;--warn:#7a5600;--warn-soft:#fbf1d3;
--plus:0,158,115;--minus:213,94,0;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#b0568a;--c4:#8a6d00;--c5:#2b8fc4;--c6:#555b63;--c7:#7a4fbf;
--shadow:0 1px 2px rgba(30,30,20,.05),0 4px 16px rgba(30,30,20,.05)`;
const DARK = `--paper:#14171b;--card:#1c2026;--ink:#e6e8eb;--quiet:#9aa4af;--rule:#323840;--soft:#22272e;--link:#7cc4f0;
--good:#5fd3a8;--good-soft:#153a2e;--bad:#ff9e63;--bad-soft:#46260f;--warn:#ecc34d;--warn-soft:#3b310f;
--plus:30,190,140;--minus:240,120,40;
--c0:#56b4e9;--c1:#f28b45;--c2:#3fcf9f;--c3:#e39ac4;--c4:#e6c84a;--c5:#8fd0ff;--c6:#aab2bb;--c7:#b79cf0;
--shadow:0 1px 2px rgba(0,0,0,.4)`;
const SERIES = Array.from(
  { length: 8 },
  (_, i) =>
    `.line.c${i},.whisker.c${i},.cross.c${i}{stroke:var(--c${i})}.dot.c${i},.band.c${i}{fill:var(--c${i})}`,
).join('');

export const STYLE = `
:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}
:root[data-theme=dark]{${DARK}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
header,.frame,footer{max-width:1180px;margin:0 auto;padding:0 28px}
header{padding-top:28px;padding-bottom:8px}
.top{display:flex;justify-content:space-between;align-items:center}
.brand{margin:0;font-weight:700;letter-spacing:.02em;color:var(--quiet)}
button#theme{font:inherit;font-size:14px;color:var(--ink);background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:4px 12px;cursor:pointer}
h1{font-size:36px;line-height:1.15;letter-spacing:-.015em;margin:20px 0 10px;text-wrap:balance}
.lead{font-size:19px;line-height:1.5;color:var(--quiet);max-width:46em;margin:0 0 12px;text-wrap:pretty}
h2{font-size:23px;line-height:1.3;letter-spacing:-.01em;margin:0 0 10px;scroll-margin-top:20px}
h3{font-size:18px;margin:24px 0 8px}h4{font-size:14px;margin:0 0 6px}
p{max-width:46em;margin:0 0 12px}
a{color:var(--link)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
p code,td code,dd code,li code{font-size:.88em;background:var(--soft);border-radius:4px;padding:1px 5px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
main{min-width:0}
main>section,main>details.group{margin:36px 0 52px;scroll-margin-top:20px}
.lead-in{color:var(--quiet)}
.quiet{color:var(--quiet);font-size:14px}
nav{display:none;font-size:14px}
nav ol{list-style:none;margin:0;padding:0;border-left:1px solid var(--rule)}
nav a{display:block;padding:4px 0 4px 14px;color:var(--quiet);text-decoration:none;line-height:1.35}
nav a:hover{color:var(--ink);text-decoration:underline}
@media (min-width:1060px){.frame:has(nav){display:grid;grid-template-columns:180px minmax(0,1fr);gap:44px}nav{display:block;position:sticky;top:28px;align-self:start;margin-top:44px}}
.headlines{list-style:none;margin:24px 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px}
.headlines li{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 18px;box-shadow:var(--shadow);display:flex;flex-direction:column}
.headlines .figure{margin-top:auto}
.headlines .label{font-size:14px;color:var(--quiet);line-height:1.35}
.headlines .figure{font-size:33px;line-height:1.25;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.headlines .good .figure{color:var(--good)}.headlines .bad .figure{color:var(--bad)}.headlines .warn .figure{color:var(--warn)}
.headlines .note{font-size:13px;color:var(--quiet);line-height:1.4;margin-top:2px}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:15px;font-variant-numeric:tabular-nums;min-width:100%}
th,td{text-align:left;vertical-align:top;padding:9px 18px 9px 0;border-bottom:1px solid var(--rule)}
thead th{font-size:13px;font-weight:600;color:var(--quiet);vertical-align:bottom;white-space:nowrap}
tbody th{font-weight:600}
.num{text-align:right}
.better{font-weight:400}
.rate{display:inline-flex;flex-direction:column;min-width:112px;line-height:1.3}
.rate b{font-weight:650}.rate small{font-size:12px;color:var(--quiet);white-space:nowrap}
svg.interval{width:120px;height:10px;margin:4px 0 3px;display:block}
svg.interval .scale{fill:var(--rule)}svg.interval .range{fill:var(--c0);opacity:.45}svg.interval .point{fill:var(--c0)}
.badge{display:inline-block;font-size:12.5px;line-height:1.5;padding:1px 8px;border-radius:99px;background:var(--soft);color:var(--quiet);white-space:nowrap;font-weight:500}
.badge.good{background:var(--good-soft);color:var(--good)}.badge.bad{background:var(--bad-soft);color:var(--bad)}.badge.warn{background:var(--warn-soft);color:var(--warn)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:22px}
figure.chart{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:14px 16px 8px;box-shadow:var(--shadow);min-width:0}
figcaption{font-weight:600;font-size:15px;margin-bottom:6px}
figure svg{width:100%;height:auto;display:block}
.grid{stroke:var(--rule);stroke-width:1}.axis{stroke:var(--quiet);stroke-width:1}
.tick,.axis-label{fill:var(--quiet);font-size:12px}.axis-label{font-size:12.5px}
.level{stroke:var(--quiet);stroke-width:1;stroke-dasharray:3 3}
.line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}
.band{opacity:.16}
${SERIES}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:6px 20px;margin:0 0 14px;padding:0;font-size:14px}
.legend li{display:flex;align-items:center;gap:8px}.legend svg{width:28px;height:8px}
.numbers summary{font-size:13px;color:var(--quiet);cursor:pointer;padding:4px 0}.numbers table{font-size:13px}.numbers .scroll{max-height:260px;overflow:auto}
.numbers th,.numbers td{padding:4px 14px 4px 0}
svg.intervals{width:100%;min-width:440px;max-width:860px;display:block}
svg.intervals .group{font-size:15px;font-weight:600;fill:var(--ink)}svg.intervals .value{font-size:13.5px;font-weight:600;fill:var(--ink);font-variant-numeric:tabular-nums}
.whisker{stroke-width:5;stroke-linecap:round;opacity:.45}
.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;margin:0 0 14px;box-shadow:var(--shadow);padding:0 18px}
.card>summary{cursor:pointer;padding:13px 0;display:flex;flex-wrap:wrap;gap:6px 8px;align-items:center}
.card>summary::marker{color:var(--quiet)}
.card[open]{padding-bottom:16px}
.card-title{font-weight:600;margin-right:6px;overflow-wrap:anywhere}
.code{display:flex;overflow:auto;max-height:560px;background:var(--soft);border-radius:8px;font-size:13px;line-height:1.65}
.code pre{margin:0;padding:12px 0}
.code .gutter{position:sticky;left:0;z-index:1;background:var(--soft);color:var(--quiet);opacity:1;text-align:right;padding:12px 10px 12px 14px;user-select:none;border-right:1px solid var(--rule)}
.code .source{padding-left:12px;padding-right:16px;flex:1;tab-size:4}
.tok{border-radius:2px}
.tok:hover,.tok:focus{outline:1px solid var(--ink);outline-offset:0}
.tok.plus{background:rgba(var(--plus),calc(var(--s)*.6));box-shadow:inset 0 -2px 0 rgba(var(--plus),.9)}
.tok.minus{background:rgba(var(--minus),calc(var(--s)*.6));text-decoration:underline wavy rgba(var(--minus),1);text-decoration-thickness:1.2px;text-underline-offset:3px}
.mark{border-radius:3px;padding:1px 0}
.mark.good{background:rgba(var(--plus),.22);box-shadow:inset 0 -2px 0 rgba(var(--plus),.9)}
.mark.bad{background:rgba(var(--minus),.22);text-decoration:underline wavy rgba(var(--minus),1);text-decoration-thickness:1.2px;text-underline-offset:3px}
.mark.warn,.mark.neutral{background:var(--warn-soft);box-shadow:inset 0 -2px 0 var(--warn)}
.key{font-size:13px;max-width:none}.key .tok{padding:2px 6px;margin-right:8px}.key .zero{border:1px solid var(--rule)}
.prompt{margin:0 0 12px}.prompt pre,.prompts pre,dd pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font-size:13px;line-height:1.55}
.prompt pre{border-left:3px solid var(--rule);padding:2px 0 2px 14px;max-height:320px;overflow:auto}
.part{margin:18px 0 8px}
.tests{margin:12px 0 0}.tests ul,.gates{list-style:none;padding:0;margin:8px 0 0;display:flex;flex-wrap:wrap;gap:6px 10px}
.tests .failed{flex-direction:column}.tests .badge{white-space:normal}
.tests li,.gates li{max-width:100%;overflow-wrap:anywhere}
.tests pre{margin:4px 0 2px 10px;font-size:13px;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere;max-height:220px;overflow:auto}
.remarks{margin:6px 0 0;padding-left:20px;font-size:14px}
a.to{text-decoration:none}a.to:hover .badge{text-decoration:underline}
.filter{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 14px;align-items:center}
.filter button,.filter input{font:inherit;font-size:13.5px;color:var(--ink);background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:3px 10px}
.filter button{cursor:pointer}.filter button[aria-pressed=true]{background:var(--ink);color:var(--paper)}
.card[hidden]{display:none}.card{scroll-margin-top:20px}
svg.scatter{width:100%;max-width:640px;display:block}.cross{stroke-width:3;opacity:.4;stroke-linecap:round}
.twins{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:16px}
.twins section{min-width:0}
.prompts{list-style:none;margin:0;padding:0;display:grid;gap:10px}
.prompts li{display:grid;grid-template-columns:130px minmax(0,1fr);gap:12px;align-items:start}
@media (max-width:620px){.prompts li{grid-template-columns:1fr}}
.prompts .badge{justify-self:start}
.history{margin-top:14px}.history>summary{cursor:pointer;font-weight:600;font-size:14px;padding:6px 0}
.steps{margin:8px 0 0;padding-left:22px}.steps li{margin-bottom:14px}
dl{margin:0}.steps dl div{display:grid;grid-template-columns:110px minmax(0,1fr);gap:12px;font-size:14px;padding:2px 0}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
details.group>summary{cursor:pointer;padding:6px 0}details.group>summary h2{display:inline;margin:0}
footer{border-top:1px solid var(--rule);padding-top:24px;padding-bottom:48px;margin-top:24px}
footer h2{font-size:16px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:4px 32px;font-size:14px}
.facts div{display:grid;grid-template-columns:110px minmax(0,1fr);gap:12px}
#tip{position:fixed;z-index:9;max-width:min(440px,calc(100vw - 16px));background:var(--ink);color:var(--paper);font-size:13px;line-height:1.45;padding:8px 11px;border-radius:7px;white-space:pre-line;pointer-events:none;overflow-wrap:anywhere}
@media (max-width:620px){header,.frame,footer{padding-left:16px;padding-right:16px}h1{font-size:28px}.lead{font-size:17px}}
@media print{:root:root:root{${LIGHT};--paper:#fff}@page{margin:16mm}body{font-size:11pt}nav,button#theme,.filter{display:none!important}header,.frame,footer{max-width:none;padding-left:0;padding-right:0}.frame:has(nav){display:block}.card,figure.chart{box-shadow:none}.scroll{overflow:visible}tr,svg,figure.chart,.headlines li,.tests li,footer{break-inside:avoid}h2,h3,summary,.lead-in{break-after:avoid}svg.scatter{max-width:420px}.code{max-height:none;overflow:visible}.code pre{white-space:pre-wrap;overflow-wrap:anywhere}.code .gutter{display:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
