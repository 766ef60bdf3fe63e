/**
 * How a report looks: on a screen, on a phone, on paper. Colours are told apart with every common kind of colour blindness (after Okabe and
 * Ito), and none carries a meaning without a word or a shape beside it. Fonts are those of the reader's system.
 */
const colours = `
:root{--ink:#16202b;--quiet:#5a6775;--line:#d9dfe6;--soft:#f4f6f8;--paper:#fff;--accent:#0b5d8f;
--critical:#a4133c;--high:#c2500a;--medium:#8a6500;--low:#0b6ea8;--info:#5a6775;
--read:#0b76b8;--write:#d99100;--control:#d0510a;--program:#8e3a9d;--sign:#c1002f;--none:#9aa6b2}
`

const base = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:60px}
body{margin:0;color:var(--ink);background:var(--paper);font:15px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:1200px;margin:0 auto;padding:0 28px}
header{padding-top:40px;padding-bottom:18px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;margin:.25em 0 .4em;max-width:36em;text-wrap:balance}
h2{font-size:22px;line-height:1.25;letter-spacing:-.01em;margin:0 0 .5em}
h3{font-size:16px;line-height:1.35;margin:1.6em 0 .45em}
p{margin:0 0 .7em;max-width:90ch}
ul,ol{margin:0 0 .8em;padding-left:1.25em;max-width:92ch}
li{margin:.25em 0}
a{color:var(--accent);text-underline-offset:2px}
code{font:.88em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--soft);border-radius:4px;padding:.1em .35em}
.brand{font-weight:700;color:var(--accent);letter-spacing:.01em;margin:0}
.brand span{font-weight:400;color:var(--quiet)}
.seen{font-size:16px;margin-bottom:.25em}
.made,.note,.quiet,.none{color:var(--quiet)}
.made,.note{font-size:13px}
.quiet{font-size:.9em}
nav{position:sticky;top:0;z-index:2;background:#fff;border-block:1px solid var(--line);display:flex;gap:2px;overflow-x:auto;padding:0 max(20px,calc((100% - 1144px)/2 - 8px));scrollbar-width:none}
nav a{padding:11px 9px;font-size:14px;color:var(--ink);text-decoration:none;white-space:nowrap;border-bottom:2px solid transparent}
nav a:hover,nav a:focus-visible{color:var(--accent);border-color:var(--accent)}
main>section,.readers{margin:44px 0}
main>section:first-child{margin-top:26px}
footer{color:var(--quiet);font-size:13px;border-top:1px solid var(--line);margin-top:50px;padding-block:16px 40px}
`

const pieces = `
.verdict{font-size:20px;line-height:1.4;font-weight:600;border-left:6px solid var(--low);padding:6px 0 6px 18px;max-width:46em;margin-bottom:.8em}
.verdict.critical{border-color:var(--critical)}.verdict.high{border-color:var(--high)}.verdict.medium{border-color:var(--medium)}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:12px;margin:20px 0 14px}
.tile{background:var(--soft);border-radius:8px;padding:14px 16px}
.tile b{display:block;font-size:27px;line-height:1.15;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.tile span{color:var(--quiet);font-size:13.5px}
.tile.critical{background:#fbe9ee}.tile.critical b{color:var(--critical)}
.badge{display:inline-block;white-space:nowrap;font-size:12px;line-height:1.5;font-weight:650;color:#fff;background:var(--info);border-radius:4px;padding:0 .5em;font-variant-numeric:tabular-nums;vertical-align:.08em}
.badge.critical{background:var(--critical)}.badge.high{background:var(--high)}.badge.medium{background:var(--medium)}.badge.low{background:var(--low)}
.zones span{margin-right:.7em;white-space:nowrap}.zones .badge,.zones .quiet{margin-right:0}
.technique{display:inline-block;font-size:12.5px;color:var(--ink);text-decoration:none;border:1px solid var(--line);border-radius:4px;padding:0 .5em;margin:1px 2px 1px 0}
.finding{border:1px solid var(--line);border-left:5px solid var(--info);border-radius:6px;padding:14px 18px 10px;margin:0 0 12px}
.finding.critical{border-left-color:var(--critical)}.finding.high{border-left-color:var(--high)}.finding.medium{border-left-color:var(--medium)}.finding.low{border-left-color:var(--low)}
.finding h3{margin:0 0 .5em;font-weight:600}
dl{display:grid;grid-template-columns:8.5em 1fr;gap:4px 14px;margin:0 0 .4em}
dt{color:var(--quiet);font-size:13.5px;padding-top:1px}dd{margin:0;max-width:86ch}
details summary{cursor:pointer;color:var(--quiet);font-size:13.5px}
details dl{margin-top:8px}.small{font-size:13.5px}
.evidence{list-style:none;padding:0;margin:0}.evidence li{margin:0;font-variant-numeric:tabular-nums}
`

const tables = `
.table{overflow-x:auto;border:1px solid var(--line);border-radius:6px;margin:0 0 10px}
table{border-collapse:collapse;width:100%;font-size:13.5px;line-height:1.45}
th{text-align:left;font-weight:600;color:var(--quiet);background:var(--soft);font-size:12.5px}
th,td{padding:7px 11px;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:break-word}
tbody tr:last-child td{border-bottom:0}
tr.sign td{background:#fdf1f4}
td.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.time,td.short{white-space:nowrap;font-variant-numeric:tabular-nums}
td.address span{display:block;white-space:nowrap;font-variant-numeric:tabular-nums}
td.digest{font:11px/1.4 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;min-width:17em}
td b{font-weight:600}
.why span{display:block;color:var(--quiet);font-size:12.5px;max-width:30em}
.commands{list-style:none;margin:0;padding:0;min-width:17em}
.commands li{margin:0 0 3px;padding-left:9px;border-left:3px solid transparent}
.commands li.read,.commands li.file{border-color:var(--read)}.commands li.write{border-color:var(--write)}.commands li.control{border-color:var(--control)}.commands li.program{border-color:var(--program)}.commands li.sign{border-color:var(--sign)}.commands li.session,.commands li.discover{border-color:var(--none)}
.filter{font:inherit;font-size:14px;width:100%;max-width:24em;padding:7px 11px;border:1px solid #b9c3cd;border-radius:6px;margin:0 0 9px;background:#fff;color:inherit}
.filter:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
.yaml{font:13px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--soft);border-radius:6px;padding:16px 18px;margin:14px 0 0;overflow-x:auto;overflow-wrap:normal;tab-size:2}
.yaml .c{color:#5a6775;font-style:italic}.yaml .k{color:#0b5d8f;font-weight:600}
.share p{margin:0 0 4px}.share{margin:0 0 14px;max-width:44em}.share svg{display:block;width:100%;height:12px;border-radius:3px}
.share .permitted{fill:var(--read)}.share .denied{fill:var(--control)}
`

const drawing = `
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13.5px;max-width:none;align-items:center}
.legend span{display:inline-flex;align-items:center;gap:6px}.legend svg{width:34px;height:10px}
.map-frame{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
.map-frame:focus-visible{outline:2px solid var(--accent)}
.map{display:block;width:100%;min-width:760px;height:auto}
.map text{font-family:system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans","DejaVu Sans",sans-serif;fill:var(--ink)}
.lane.even{fill:#f4f6f8}.lane.odd{fill:#fafbfc}
.map .level{font-size:13.5px;font-weight:650}.map .name{font-size:11.5px;fill:var(--quiet)}
.n .box,.n .back{fill:#fff;stroke:#aab4bf;stroke-width:1.1}.n .back{fill:#e9edf1}
.n .t{font-size:12.3px;font-weight:650}.n .s{font-size:11.2px;fill:var(--quiet)}
.n .bar.critical{fill:var(--critical)}.n .bar.high{fill:var(--high)}.n .bar.medium{fill:var(--medium)}.n .bar.low{fill:var(--low)}
.n.suspect .box{stroke:var(--sign);stroke-width:2.2}.n .alarm{fill:var(--sign)}
.map .alarm-mark{fill:#fff;font-size:11.5px;font-weight:700;text-anchor:middle}
.e{fill:none;stroke:var(--none);stroke-linecap:round;opacity:.75}
.e.read{stroke:var(--read);opacity:.6}.e.write{stroke:var(--write);opacity:.95}.e.control{stroke:var(--control);opacity:.95}.e.program{stroke:var(--program);opacity:.95}
.e.sign{stroke:var(--sign);stroke-dasharray:7 4;opacity:1}
.edges .e:hover{stroke-width:7;opacity:1}
.a{fill:var(--none)}.a.read{fill:var(--read)}.a.write{fill:var(--write)}.a.control{fill:var(--control)}.a.program{fill:var(--program)}.a.sign{fill:var(--sign)}
`

const readers = `
.readers{border:1px solid var(--line);border-radius:10px;overflow:hidden}
.reader{padding:24px 26px 16px}
.reader+.reader{border-top:1px solid var(--line)}
.reader .lead{color:var(--quiet);font-size:16px;margin-bottom:0}
.tabs:empty{display:none}
.tabs{display:flex;background:var(--soft);border-bottom:1px solid var(--line);overflow-x:auto}
.tabs button{font:inherit;font-weight:600;color:var(--quiet);background:none;border:0;border-bottom:3px solid transparent;padding:13px 20px 10px;cursor:pointer;white-space:nowrap}
.tabs button[aria-selected=true]{color:var(--ink);background:#fff;border-color:var(--accent)}
.tabs button:focus-visible{outline:2px solid var(--accent);outline-offset:-3px}
@media screen{.js .reader:not(.shown){display:none}.js .reader{border-top:0;scroll-margin-top:104px}}
`

const phone = `
@media screen and (max-width:760px){
header,main,footer{padding-left:16px;padding-right:16px}header{padding-top:24px}
h1{font-size:24px}h2{font-size:20px}.verdict{font-size:17.5px;padding-left:13px}
nav{padding:0 8px}main>section,.readers{margin:32px 0}
.tiles{grid-template-columns:repeat(2,1fr);gap:8px}.tile{padding:10px 13px}.tile b{font-size:23px}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:7px}.finding{padding:12px 13px 8px}
.reader{padding:18px 16px 10px}.tabs button{padding:11px 13px 8px;font-size:14px}
.filter{max-width:none}.zones span{white-space:normal}
}
`

/** A page of its own for each reader, the wide tables in landscape. */
const paper = `
@page{size:A4;margin:14mm 13mm}
@page wide{size:A4 landscape;margin:12mm}
@media print{
body{font-size:10pt;line-height:1.42;-webkit-print-color-adjust:exact;print-color-adjust:exact}
nav,.filter,.tabs,details.why{display:none!important}
header,main,footer{max-width:none;padding:0}h1{font-size:20pt}h2{font-size:15pt}h3{font-size:11pt;margin-top:1.1em}
.verdict{font-size:13pt}.tile b{font-size:17pt}.tiles{gap:8px}.tile{padding:9px 11px}
main>section,.readers{margin:18pt 0}
#map{break-inside:avoid}.map{min-width:0}.map-frame,.table{overflow:visible}
.readers{border:0}.reader{break-before:page;border:0!important;padding:0;font-size:9.5pt}.reader h3{margin-top:.9em}
#findings,#policy,#enforcement,#recordings{break-before:page}
#inventory,#conversations{page:wide;break-before:page}
.finding{break-inside:avoid;padding:9px 13px 5px}h2,h3{break-after:avoid}tr,li{break-inside:avoid}thead{display:table-header-group}
table{font-size:8.5pt}th,td{padding:4px 6px}th{white-space:normal}td.digest,.commands{overflow-wrap:anywhere}.commands,td.digest{min-width:0}
.yaml{white-space:pre-wrap;overflow-wrap:anywhere;font-size:8pt;overflow:visible}
.finding summary{display:none}a{color:inherit;text-decoration:none}
}
`

export const style = [colours, base, pieces, tables, drawing, readers, phone, paper].join('').trim()
