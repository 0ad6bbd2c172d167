# SPDX-License-Identifier: Apache-2.0
#
# What plugins could leave behind. Sourced.

# What there is on the host, without what the kernel adds for itself, to compare it.
snapshot() {
    { ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/link \1/'
      ip -o address | awk '{ print "address", $2, $4 }'
      { ip -4 route show table all; ip -6 route show table all; } | grep -v '^anycast ' | sed 's/^/route /'
      { ip -4 rule; ip -6 rule; } | sed 's/^/rule /'
      tc qdisc show | awk '{ print "qdisc", $2, $5 }'; } | sort >"$1"
    nft --stateless list ruleset | sed 's/^/nft /' >>"$1"
    leases | sed 's/^/lease /' >>"$1"
    results | sed 's/^/result /' >>"$1"
    records | sed 's/^/record /' >>"$1"
}
leases() { find /var/lib/cni/networks -type f -name '[0-9a-f]*[.:]*[0-9a-f]' ! -path '*/.*' 2>/dev/null | sort || true; }
results() { find /var/lib/cni/results -type f 2>/dev/null | sort || true; }
# Those of attachments: a network's stays with what its attachments share.
records() { find /run/swift-cni -type f -name '*:*' 2>/dev/null | sort || true; }
# collect FOLDER: GC of the folder's networks. What containers have shared goes with it; podman and containerd 1.6 never
# call it.
collect() { "$cni" gc --older-versions --config-dir "$1"; }
links() { ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/\1/' | grep -vxE 'lo|uplink' || true; }
# Elements of sets and maps, by their comments.
elements() { nft list ruleset | grep -oE 'comment "[^"]*/[^"]*"' | sort -u || true; }
