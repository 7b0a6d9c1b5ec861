"""How report.html looks: on a screen, in the dark, and on paper. Nothing is loaded from anywhere."""

from __future__ import annotations

STYLE = """
:root{--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--pale:#f6f8fa;--good:#116329;--bad:#a40e26;--warn:#7d4e00;
--warnbg:#fff8e5;--accent:#1f4e79;--paper:#fff}
*{box-sizing:border-box}
html{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:var(--ink);
background:var(--paper)}
body{max-width:74rem;margin:0 auto;padding:2.5rem 2rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em}
h2{font-size:1.2rem;margin:2.6rem 0 .8rem;padding-bottom:.3rem;border-bottom:2px solid var(--ink)}
h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.4rem 0 .8rem;max-width:52rem}
code,.mono{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
overflow-wrap:anywhere}
pre{font:.84rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--pale);
border:1px solid var(--line);border-radius:4px;padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere}
.sub{color:var(--soft);font-size:1.05rem;margin:0}
.eyebrow{text-transform:uppercase;letter-spacing:.09em;font-size:.75rem;font-weight:600;color:var(--accent);
margin:0 0 .4rem}
.notice{background:var(--warnbg);border-left:4px solid #d4a72c;padding:.7rem 1rem;margin:1.4rem 0;max-width:none}
.cards{display:grid;grid-template-columns:repeat(4,1fr);gap:.8rem;margin:1.4rem 0}
.card{border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem}
.card b{display:block;font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums;font-weight:600}
.card span{color:var(--soft);font-size:.87rem}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem 2.4rem}
.pair>*{min-width:0}
table{border-collapse:collapse;width:100%;font-size:.87rem}
th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--ink);padding:.35rem .7rem .35rem 0;
vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:.35rem .7rem .35rem 0;vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
.facts th{width:13rem;border-bottom:1px solid var(--line);vertical-align:top}
.none{color:var(--soft);font-style:italic}
.success{color:var(--good)}.failure{color:var(--bad);font-weight:600}.unknown,.other{color:var(--warn)}
ol.chain{padding-left:1.4rem;max-width:56rem}
ol.chain li{margin:.5rem 0;padding-left:.3rem}
ul.not{padding-left:1.2rem;max-width:56rem}
ul.not li{margin:.35rem 0}
svg{display:block;width:100%;height:auto}
svg rect.bar{fill:var(--accent)}svg line{stroke:var(--line)}
svg text{fill:var(--soft);font-size:11px;font-family:inherit}
td svg{width:7rem;height:.7rem;margin-top:.3rem;margin-left:auto}
.records{font-size:.8rem}
.records td.mono{font-size:.78rem;min-width:8rem}.records td:nth-child(3){min-width:7rem}
.rank{table-layout:fixed}.rank td.n{width:5rem}.rank td.t{width:9rem}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
@media screen and (max-width:50rem){.cards,.pair{grid-template-columns:1fr 1fr}.pair{grid-template-columns:1fr}}
@media (prefers-color-scheme:dark){@media screen{:root{--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--pale:#161b22;
--good:#56d364;--bad:#ff7b72;--warn:#e3b341;--warnbg:#2b2410;--accent:#79c0ff;--paper:#0d1117}}}
@media print{@page{size:A4 landscape;margin:14mm 12mm}html{font-size:10.5px}body{max-width:none;padding:0}
h2{break-after:avoid;margin-top:1.6rem}thead{display:table-header-group}tr,li,.card{break-inside:avoid}
.newpage{break-before:page}.notice{border:1px solid #d4a72c;border-left-width:4px}}
"""
