# SPDX-License-Identifier: Apache-2.0
#
# Namespaces that write down who pings them, by nf_tables. Sourced.

# record_visitors COMMAND...: has the namespace in which COMMAND runs a program write them down from now on.
record_visitors() {
    "$@" nft -f - <<'RULES'
table inet visitors {
    set v4 { type ipv4_addr; flags dynamic; size 100; }
    set v6 { type ipv6_addr; flags dynamic; size 100; }
    chain input {
        type filter hook input priority 0
        icmp type echo-request add @v4 { ip saddr }
        icmpv6 type echo-request add @v6 { ip6 saddr }
    }
}
RULES
}

# visitors COMMAND...: who has pinged it, sorted, one a line.
visitors() {
    "$@" nft -j list ruleset | jq -r '[.nftables[].set // empty | .elem // [] | .[]
        | if type == "object" then .elem.val else . end] | sort[]'
}
