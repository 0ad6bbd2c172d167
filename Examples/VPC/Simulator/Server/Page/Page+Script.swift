// SPDX-License-Identifier: Apache-2.0

extension Page {
    // Everything that comes from the simulator goes into the page as text, never as markup.
    static let script = #"""
        "use strict";
        const make = (tag, cls, ...children) => {
          const node = document.createElement(tag);
          if (cls) node.className = cls;
          node.append(...children.filter(child => child !== null && child !== undefined));
          return node;
        };
        const named = item => item.tags && item.tags.Name || "";
        const get = async path => (await fetch(path)).json();
        const show = (id, ...children) => document.getElementById(id).replaceChildren(...children);
        const isService = eni => eni.type === "vpc_endpoint";
        const ago = text => text.slice(11, 23);

        function drawSubnet(subnet) {
          const reserved = 5, usable = subnet.size - reserved;
          const singles = make("i"), prefixes = make("i", "prefix");
          singles.style.width = 100 * subnet.usedAddresses / usable + "%";
          prefixes.style.width = 100 * 16 * subnet.prefixes.length / usable + "%";
          return make("div", "subnet", make("b", "", named(subnet) || "subnet"), " ",
            make("code", "", subnet.cidr), make("div", "bar", singles, prefixes),
            make("div", "id", `${subnet.zone} · ${subnet.availableAddresses} of ${usable} free`
              + (subnet.prefixes.length ? ` · ${subnet.prefixes.length} prefixes` : "")),
            subnet.ipv6 ? make("code", "id", subnet.ipv6) : null,
            make("div", "id mono", subnet.id));
        }

        function drawInterface(eni, limits, state) {
          const subnet = state.subnets.find(subnet => subnet.id === eni.subnet);
          const groups = eni.groups.map(id => (state.securityGroups.find(group => group.id === id) || {name: id}).name);
          const slots = make("div", "slots");
          const add = (kind, text) => {
            const slot = make("span", "slot " + kind, text);
            // A prefix is alight if one of its addresses is.
            slot.dataset.address = text;
            slots.append(slot);
          };
          eni.addresses.forEach((address, index) => add(index ? "" : "primary", address));
          eni.ipv4Prefixes.forEach(prefix => add("prefix", prefix));
          eni.ipv6Addresses.forEach(address => add("six", address));
          eni.ipv6Prefixes.forEach(prefix => add("six", prefix));
          const used = eni.addresses.length + eni.ipv4Prefixes.length;
          if (limits && used < limits.addresses) add("empty", `${limits.addresses - used} free`);
          const place = eni.attachment
            ? `${eni.attachment.deviceIndex}` + (limits && limits.cards > 1 ? ` on card ${eni.attachment.networkCard}` : "")
            : "–";
          return make("div", "eni " + eni.status, make("b", "", place + " "), make("code", "", eni.id),
            make("span", "badge " + eni.status, eni.status),
            make("div", "id", `${eni.mac} · ${subnet ? named(subnet) || subnet.cidr : eni.subnet} · ${groups.join(", ")}`
              + (eni.publicAddresses.length ? ` · public ${eni.publicAddresses.join(", ")}` : "")
              + (eni.description ? ` · ${eni.description}` : "")), slots);
        }

        function drawInstance(instance, state) {
          const interfaces = state.interfaces.filter(eni => eni.attachment && eni.attachment.instance === instance.id)
            .sort((a, b) => a.attachment.networkCard - b.attachment.networkCard
              || a.attachment.deviceIndex - b.attachment.deviceIndex);
          const gone = instance.state === "terminated" ? " gone" : "";
          return make("div", "instance" + gone,
            make("h3", "", named(instance) || "instance", " ", make("code", "id", instance.id),
              make("span", "badge " + instance.state, instance.state)),
            make("div", "id", `${instance.type} · ${instance.zone} · ${interfaces.length} of ${instance.limits.interfaces} `
              + `interfaces, ${instance.limits.addresses} addresses each · boot ${instance.boots}`),
            ...interfaces.map(eni => drawInterface(eni, instance.limits, state)));
        }

        function drawNetwork(state) {
          show("where", `${state.region} · account ${state.account}`);
          if (!state.vpcs.length) {
            return show("network", make("div", "vpc empty-note",
              "No VPC yet: aws ec2 create-vpc --cidr-block 10.0.0.0/16 --endpoint-url " + location.origin));
          }
          show("network", ...state.vpcs.map(vpc => {
            const loose = state.interfaces.filter(eni => eni.vpc === vpc.id && !eni.attachment);
            return make("section", "vpc",
              make("h2", "", named(vpc) || "VPC", " ", make("code", "", vpc.cidrs.concat(vpc.ipv6).join("  ")), " ",
                make("code", "id", vpc.id)),
              make("div", "subnets", ...state.subnets.filter(subnet => subnet.vpc === vpc.id).map(drawSubnet)),
              make("div", "instances", ...state.instances.filter(instance => instance.vpc === vpc.id)
                .map(instance => drawInstance(instance, state))),
              ...[["VPC endpoints", loose.filter(isService)], ["Not attached", loose.filter(eni => !isService(eni))]]
                .flatMap(([title, list]) => list.length
                  ? [make("h2", "", `${title} (${list.length})`), ...list.map(eni => drawInterface(eni, null, state))] : []),
              make("div", "id legend", make("span", "slot primary", "primary address"), make("span", "slot", "secondary address"),
                make("span", "slot prefix", "delegated prefix"), make("span", "slot six", "IPv6"),
                make("span", "slot empty", "places left")));
          }));
        }

        function drawCalls(log) {
          const all = Object.values(log.totals);
          const sum = key => all.reduce((total, one) => total + one[key], 0);
          show("totals", `${sum("calls")} EC2 calls, ${sum("refused")} refused`);
          const times = {};
          log.calls.filter(call => call.service === "ec2").forEach(call =>
            (times[call.action] = times[call.action] || []).push(call.milliseconds));
          const rows = Object.entries(times).map(([action, list]) => {
            list.sort((a, b) => a - b);
            return {action, median: list[list.length >> 1], most: list[list.length - 1],
              count: (log.totals[action] || {calls: list.length}).calls};
          }).sort((a, b) => b.count - a.count).slice(0, 12);
          const longest = Math.max(1, ...rows.map(row => row.most));
          show("latencies", ...rows.map(row => {
            const median = make("i"), most = make("i", "prefix");
            median.style.width = 100 * row.median / longest + "%";
            most.style.width = 100 * (row.most - row.median) / longest + "%";
            return make("div", "latency", make("code", "", row.action), make("div", "bar", median, most),
              make("span", "id", `${row.count} × ${row.median.toFixed(1)} ms`));
          }));
          const withMetadata = document.getElementById("imds").checked;
          const shown = [];
          for (const call of log.calls.filter(call => withMetadata || call.service === "ec2").reverse()) {
            // The same again, without a subject, is one line.
            const last = shown[shown.length - 1];
            const subject = call.parameters.NetworkInterfaceId || call.parameters.AttachmentId || call.parameters.SubnetId;
            if (last && !subject && last.action === call.action && last.code === call.code) { last.times++; continue; }
            if (shown.length === 24) break;
            shown.push({...call, times: 1});
          }
          document.querySelector("#calls tbody").replaceChildren(...shown.map(call => {
            const subject = call.parameters.NetworkInterfaceId || call.parameters["NetworkInterfaceId.1"]
              || call.parameters.AttachmentId || call.parameters.SubnetId || (call.service === "imds" ? call.caller : "");
            const answer = call.status === 0 ? "dropped" : call.code || call.status;
            const row = make("tr", "", make("td", "", ago(call.time)),
              make("td", "", call.action + (call.times > 1 ? ` × ${call.times}` : ""), subject ? make("div", "id", subject) : null),
              make("td", "number", call.milliseconds.toFixed(1)),
              make("td", call.status === 200 ? "good" : "bad", String(answer)));
            row.title = call.message || call.caller;
            return row;
          }));
        }

        const protocols = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"};

        // The flows with the same ends are one line.
        function merged(flows) {
          const lines = new Map();
          for (const flow of flows) {
            // The client's port is any.
            const port = flow.port < 32768 ? flow.port : 0;
            const key = [flow.interface, flow.source, flow.destination, flow.protocol, port, flow.accepted].join();
            const line = lines.get(key) || {...flow, port, packets: 0, bytes: 0};
            line.packets += flow.packets; line.bytes += flow.bytes; line.time = flow.time;
            lines.delete(key); lines.set(key, line);
          }
          return [...lines.values()].reverse();
        }

        function place(eni, state) {
          if (!eni) return ["gone", ""];
          if (!eni.attachment) return [eni.description || eni.id, ""];
          const instance = state.instances.find(one => one.id === eni.attachment.instance);
          return [instance && named(instance) || eni.attachment.instance, "eth" + eni.attachment.deviceIndex];
        }

        function owns(eni, address) {
          return eni.addresses.includes(address) || eni.ipv6Addresses.includes(address)
            || [...eni.ipv4Prefixes, ...eni.ipv6Prefixes].some(prefix => within(address, prefix));
        }

        // Whether an IPv4 address is in a prefix; of IPv6 only /80 is known, whose texts begin alike.
        function within(address, prefix) {
          const [network, length] = prefix.split("/");
          if (address.includes(":") !== network.includes(":")) return false;
          if (network.includes(":")) return address.startsWith(network.replace(/:+$/, "") + ":");
          const bits = text => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
          const size = 2 ** (32 - length);
          return Math.floor(bits(address) / size) === Math.floor(bits(network) / size);
        }

        function drawFlows(flows, state) {
          const section = document.getElementById("flows");
          section.hidden = !flows.length;
          const withService = document.getElementById("service").checked;
          const enis = new Map(state.interfaces.map(eni => [eni.id, eni]));
          const services = state.interfaces.filter(isService);
          const shown = merged(flows.filter(flow => withService || !services.some(eni => eni.id === flow.interface
            || owns(eni, flow.source) || owns(eni, flow.destination)))).slice(0, 24);
          section.querySelector("tbody").replaceChildren(...shown.map(flow => {
            const eni = enis.get(flow.interface), [node, link] = place(eni, state);
            const out = eni && owns(eni, flow.source);
            const row = make("tr", "", make("td", "", ago(flow.time)), make("td", "", `${node} ${link}`),
              make("td", "", out ? "out" : "in"), make("td", "", flow.source),
              make("td", "", flow.destination), make("td", "", (protocols[flow.protocol] || flow.protocol)
                + (flow.port ? " " + flow.port : "")),
              make("td", "number", flow.packets), make("td", "number", flow.bytes),
              make("td", flow.accepted ? "good" : "bad", flow.accepted ? "ACCEPT" : "REJECT"));
            row.title = flow.interface;
            return row;
          }));
          const last = flows.length ? Date.parse(flows[flows.length - 1].time) : 0;
          const recent = flows.filter(flow => last - Date.parse(flow.time) < 5000 && Date.now() - last < 10000);
          for (const slot of document.querySelectorAll(".slot[data-address]")) {
            const seen = recent.filter(flow => [flow.source, flow.destination].some(address =>
              address === slot.dataset.address
              || slot.dataset.address.includes("/") && within(address, slot.dataset.address)));
            if (seen.length) slot.classList.add(seen.some(flow => !flow.accepted) ? "refused" : "alight");
          }
        }

        function drawFaults(faults) {
          const list = [];
          if (faults.describeLag) list.push(`Describe ${faults.describeLag} s behind`);
          if (faults.metadataLag) list.push(`metadata ${faults.metadataLag} s behind`);
          if (faults.clockSkew) list.push(`clock ${faults.clockSkew} s off`);
          if (faults.metadataIsDown) list.push("metadata down");
          if (faults.hiddenInterfaces.length) list.push(`${faults.hiddenInterfaces.length} interfaces hidden`);
          faults.rules.forEach(rule => list.push(`${rule.action}: ${rule.effect} ${rule.code || ""}`.trim()));
          show("faults", list.length ? "faults: " + list.join("; ") : "");
        }

        async function refresh() {
          try {
            const [state, calls, flows, faults] = await Promise.all(
              ["state", "calls?limit=400", "flows", "faults"].map(path => get("/_simulator/" + path)));
            drawNetwork(state); drawCalls(calls); drawFlows(flows, state); drawFaults(faults);
          } catch (error) {
            show("where", "the simulator does not answer");
          }
          setTimeout(refresh, 1000);
        }
        refresh();
        """#
}
