// SPDX-License-Identifier: Apache-2.0

/// The page that draws the VPC: one document without anything from outside.
enum Page {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>vpc-simulator</title>
        <style>\(styles)</style>
        </head>
        <body>
        <header>
          <h1>vpc-simulator</h1>
          <span id="where"></span>
          <span id="totals"></span>
          <span id="faults"></span>
        </header>
        <main>
          <div>
            <section id="network" aria-label="Network"></section>
            <section id="flows" class="vpc" hidden>
              <h2>Flows <span class="id">as interfaces see them, newest first: a packet between two interfaces is seen by both.
                Addresses above that had packets in the last seconds are framed, in red if security groups refused some.</span></h2>
              <label class="toggle"><input type="checkbox" id="service"> with those of VPC endpoints</label>
              <table><thead><tr><th>last packet</th><th>interface</th><th></th><th>from</th><th>to</th><th>protocol</th>
                <th class="number">packets</th><th class="number">bytes</th><th>groups say</th></tr></thead><tbody></tbody></table>
            </section>
          </div>
          <aside>
            <h2>API calls <span class="id">count × median, longest in violet</span></h2>
            <div id="latencies"></div>
            <label class="toggle"><input type="checkbox" id="imds"> with metadata requests</label>
            <table id="calls"><thead><tr><th>time</th><th>call</th><th>ms</th><th>answer</th></tr></thead>
            <tbody></tbody></table>
          </aside>
        </main>
        <script>\(script)</script>
        </body>
        </html>
        """
}
