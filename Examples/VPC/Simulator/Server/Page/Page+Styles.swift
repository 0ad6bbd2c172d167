// SPDX-License-Identifier: Apache-2.0

extension Page {
    static let styles = """
        :root { --ink:#1d2733; --soft:#64748b; --line:#d5dde6; --paper:#f5f7fa; --card:#fff; --blue:#2563eb;
          --green:#15803d; --amber:#b45309; --red:#b91c1c; --violet:#7c3aed; }
        * { box-sizing:border-box; }
        body { margin:0; font:14px/1.45 system-ui,"DejaVu Sans",sans-serif; color:var(--ink); background:var(--paper); }
        header { display:flex; flex-wrap:wrap; gap:6px 20px; align-items:baseline; padding:12px 20px; background:#14202e;
          color:#dbe5f0; }
        header h1 { font-size:17px; margin:0; color:#fff; }
        #faults { color:#fbbf24; }
        main { display:grid; grid-template-columns:minmax(0,1fr) 540px; gap:16px; padding:16px 20px; align-items:start; }
        @media (max-width:1100px) { main { grid-template-columns:1fr; } }
        aside, .vpc { background:var(--card); border:1px solid var(--line); border-radius:8px; padding:12px 14px; }
        h2 { font-size:14px; margin:14px 0 6px; } aside h2:first-child { margin-top:0; }
        .vpc { margin-bottom:16px; }
        .vpc > h2 { margin:0 0 8px; font-size:15px; }
        code, .mono, td { font-family:ui-monospace,"DejaVu Sans Mono",monospace; font-size:12px; }
        .id { color:var(--soft); font-weight:normal; }
        .subnets { display:grid; grid-template-columns:repeat(auto-fill,minmax(210px,1fr)); gap:8px; margin-bottom:12px; }
        .subnet { border:1px solid var(--line); border-radius:6px; padding:7px 9px; }
        .bar { height:8px; border-radius:4px; background:#e6ebf1; overflow:hidden; display:flex; margin:5px 0 3px; }
        .bar i { display:block; height:100%; background:var(--blue); } .bar i.prefix { background:var(--violet); }
        .instances { display:grid; align-items:start; grid-template-columns:repeat(auto-fill,minmax(330px,1fr)); gap:10px; }
        .instance { border:2px solid #9fb3c8; border-radius:8px; padding:8px 10px; background:#fbfdff; }
        .instance.gone { opacity:.5; border-style:dashed; }
        .instance h3 { margin:0 0 2px; font-size:14px; }
        .eni { border:1px solid var(--line); border-left:4px solid var(--green); border-radius:6px; padding:5px 8px;
          margin-top:6px; background:#fff; }
        .eni.attaching, .eni.detaching { border-left-color:var(--amber); border-style:dashed; border-left-style:solid; }
        .eni.available { border-left-color:var(--soft); }
        .id { font-size:12px; } #calls th:nth-child(1) { width:90px; } #calls th:nth-child(3) { width:52px; }
        #calls th:nth-child(4) { width:165px; } #calls td:nth-child(2) { white-space:nowrap; }
        .slots { display:flex; flex-wrap:wrap; margin-top:5px; }
        .slot { font:11px ui-monospace,"DejaVu Sans Mono",monospace; padding:0 5px; border-radius:3px; background:#e4ecfb;
          color:#1e3a8a; }
        .slot.primary { background:#1e3a8a; color:#fff; } .slot.prefix { background:#ede4fd; color:#5b21b6; }
        .slot.six { background:#dcf5ea; color:#065f46; } .slot.empty { background:none; border:1px dashed var(--line);
          color:var(--soft); }
        .slot.alight { outline:2px solid #22c55e; outline-offset:1px; } .slot.refused { outline:2px solid var(--red); outline-offset:1px; }
        .slots { gap:6px; } .legend { display:flex; gap:8px; margin-top:12px; } .vpc > h2:not(:first-child) { margin-top:14px; }
        .number { text-align:right; } #flows td { padding-right:14px; } #flows th { padding-right:14px; } #flows .toggle { margin:0 0 6px; }
        .badge { font-size:11px; padding:0 6px; border-radius:9px; background:#e6ebf1; margin-left:4px; }
        .badge.running, .badge.in-use { background:#dcfce7; color:var(--green); }
        .badge.attaching, .badge.detaching, .badge.pending, .badge.shutting-down, .badge.stopping { background:#fef3c7;
          color:var(--amber); }
        table { width:100%; border-collapse:collapse; } th { text-align:left; color:var(--soft); font-size:11px;
          font-weight:normal; border-bottom:1px solid var(--line); }
        td { padding:1px 6px 1px 0; vertical-align:top; border-bottom:1px solid #eef2f6; overflow-wrap:anywhere; }
        td:first-child { white-space:nowrap; } td.number { text-align:right; white-space:nowrap; } .bad { color:var(--red); } .good { color:var(--green); }
        .latency { display:grid; grid-template-columns:245px 1fr 130px; gap:8px; align-items:center; font-size:12px; }
        .toggle { font-size:12px; color:var(--soft); display:block; margin:6px 0 2px; }
        .empty-note { color:var(--soft); padding:20px; }
        """
}
