# SPDX-License-Identifier: Apache-2.0
#
# Draws two containers, the host with its bridge, and the world outside, from what ip(8) says in JSON. Sourced.

# What is in the boxes is ASCII: printf counts bytes. Boxes are 33 columns wide, the host's is 69.
picture_line() { printf '%*s' "$1" '' | sed 's/ /─/g'; }

# picture_addresses NAMESPACE LINK: a line for each global address. The host's own namespace is "".
picture_addresses() {
    ip ${1:+-n "$1"} -j address show dev "$2" | jq -r '.[].addr_info[] | select(.scope == "global")
        | "\(.local)/\(.prefixlen)"'
}

picture_default() {
    { ip -n "$1" -j -4 route show default; ip -n "$1" -j -6 route show default; } | jq -rs 'add[] | .gateway' \
        | paste -sd ' '
}

# picture_centred WIDTH TEXT
picture_centred() {
    local left=$((($1 - ${#2}) / 2))
    ((left < 0)) && left=0
    printf '%*s%-*s' $left '' $(($1 - left)) "$2"
}

# picture BRIDGE UPLINK CONTAINER CONTAINER OUTSIDE
picture() {
    local bridge=$1 uplink=$2 containers=("$3" "$4") outside=$5 name row i
    local -a ends lines
    local narrow=31 wide=67
    # A veth knows its other end's number: that is how the lines between the boxes are found.
    for name in "${containers[@]}"; do
        local index
        index=$(ip -n "$name" -j link show dev eth0 | jq -r '.[0].link_index')
        ends+=("$(ip -j link | jq -r --argjson i "$index" --arg m "$bridge" \
            '.[] | select(.ifindex == $i and .master == $m) | .ifname')")
        [[ -n ${ends[-1]} ]] || { echo "picture: $name is on no port of $bridge" >&2; return 1; }
    done

    box_rows() { # the rows of a container's box
        local name=$1
        ip -n "$name" -j link show dev eth0 | jq -r '.[0] | "eth0   mtu \(.mtu)", .address'
        picture_addresses "$name" eth0
        echo "default via $(picture_default "$name" | cut -d' ' -f1)"
        echo "        and $(picture_default "$name" | cut -d' ' -f2)"
    }
    mapfile -t left < <(box_rows "${containers[0]}")
    mapfile -t right < <(box_rows "${containers[1]}")

    local indent='   ' gap='   '
    head_of() { printf '┌─ %s %s┐' "$1" "$(picture_line $(($2 - ${#1} - 3)))"; }
    foot_of() { printf '└%s%s%s┘' "$(picture_line 15)" "$1" "$(picture_line $((narrow - 16)))"; }
    printf '%s%s%s%s\n' "$indent" "$(head_of "container ${containers[0]}" $narrow)" "$gap" \
        "$(head_of "container ${containers[1]}" $narrow)"
    for ((i = 0; i < ${#left[@]} || i < ${#right[@]}; i++)); do
        printf '%s│ %-*s│%s│ %-*s│\n' "$indent" $((narrow - 1)) "${left[i]:-}" "$gap" $((narrow - 1)) "${right[i]:-}"
    done
    printf '%s%s%s%s\n' "$indent" "$(foot_of ┬)" "$gap" "$(foot_of ┬)"
    printf '%s%16s│%35s│\n' "$indent" '' ''

    # The columns of the two cables are 16 and 52 of the box below.
    printf '%s┌─ host %s┴%s┴%s┐\n' "$indent" "$(picture_line 8)" "$(picture_line 35)" \
        "$(picture_line $((wide - 52)))"
    printf '%s│%s%s%s│\n' "$indent" "$(picture_centred 31 "${ends[0]}")" "$(picture_centred 5 '')" \
        "$(picture_centred 31 "${ends[1]}")"
    printf '%s│%15s└%s┬%s┘%15s│\n' "$indent" '' "$(picture_line 17)" "$(picture_line 17)" ''
    lines=("bridge $bridge")
    lines+=("$(picture_addresses '' "$bridge" | paste -sd ' ' | sed 's/ /   /g')")
    for row in "${lines[@]}"; do printf '%s│%s│\n' "$indent" "$(picture_centred $wide "$row")"; done
    printf '%s│%33s│%33s│\n' "$indent" '' ''
    local how=()
    [[ $(</proc/sys/net/ipv4/ip_forward) == 1 && $(</proc/sys/net/ipv6/conf/all/forwarding) == 1 ]] \
        && how+=("forwards")
    nft list table inet cni_masquerade >/dev/null 2>&1 && how+=("masquerades")
    row=$(IFS=,; echo "${how[*]}")
    printf '%s│%s│\n' "$indent" "$(picture_centred $wide "${row//,/, }")"
    printf '%s│%33s│%33s│\n' "$indent" '' ''
    row="$uplink   $(picture_addresses '' "$uplink" | paste -sd ' ' | sed 's/ /   /g')"
    printf '%s│%s│\n' "$indent" "$(picture_centred $wide "$row")"
    printf '%s└%s┬%s┘\n' "$indent" "$(picture_line 33)" "$(picture_line 33)"
    printf '%s%34s│\n' "$indent" ''
    printf '%s┌─ %s %s┴%s┐\n' "$indent" "$outside" "$(picture_line $((33 - ${#outside} - 3)))" "$(picture_line 33)"
    row="eth0   $(picture_addresses "$outside" eth0 | paste -sd ' ' | sed 's/ /   /g')"
    printf '%s│%s│\n' "$indent" "$(picture_centred $wide "$row")"
    printf '%s│%s│\n' "$indent" "$(picture_centred $wide "no default route, nothing about the containers")"
    printf '%s└%s┘\n' "$indent" "$(picture_line $wide)"
}
