#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: test-image.sh FOLDER
#
# Looks at every OCI archive of a folder with a tool that is not ours, unpacks it, and starts what is in it in a root
# folder with nothing else, so that a library that is missing shows.
set -euo pipefail

folder=$1
manifests=$(dirname "$0")/../Documentation
shopt -s nullglob
images=("$folder"/*.oci.tar)
[[ ${#images[@]} -gt 0 ]] || { echo "test-image: no image in $folder" >&2; exit 1; }

# As in a container: with /proc, which Swift's runtime wants, and in a mount namespace of its own.
inside() {
    unshare -m --propagation private bash -euc 'mkdir -p "$0/proc"; mount -t proc proc "$0/proc"; exec chroot "$0" "$@"' \
        "$work/root" "$@"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for image in "${images[@]}"; do
    agent=$(basename "$image" .oci.tar)
    rm -rf "$work/copy" "$work/root"
    mkdir "$work/root"
    skopeo copy --quiet "oci-archive:$image" "dir:$work/copy"
    entrypoint=$(skopeo inspect --config "dir:$work/copy" | jq -r '.config.Entrypoint[0]')
    [[ $entrypoint == "/usr/local/bin/$agent" ]] || { echo "test-image: $image starts $entrypoint" >&2; exit 1; }
    jq -r '.layers[].digest' "$work/copy/manifest.json" | while read -r digest; do
        tar -xzf "$work/copy/${digest#sha256:}" -C "$work/root"
    done
    # What a program needs and the image lacks is named by ld.so, with status 127.
    inside "$entrypoint" --help >/dev/null
    inside /usr/local/bin/cni-plugins --install /opt/cni/bin
    names=$(ls "$work/root/opt/cni/bin")
    [[ $names == "$(inside /usr/local/bin/cni-plugins --list | LC_ALL=C sort)" ]]
    answer=$(echo '{"cniVersion":"1.1.0"}' | CNI_COMMAND=VERSION inside /opt/cni/bin/bridge)
    jq -e '.supportedVersions | index("1.1.0")' <<<"$answer" >/dev/null
    # As the manifest installs some of them, beside those of others.
    manifest=$manifests/$([[ $agent == vxlan-agent ]] && echo VXLAN || echo VPC)/kubernetes.yaml
    command=$(sed -n 's|^ *command: \[\(/usr/local/bin/cni-plugins, .*\)\]$|\1|p' "$manifest")
    IFS=', ' read -ra words <<<"$command"
    inside "${words[@]}" >/dev/null
    [[ $(ls "$work/root/host/opt/cni/bin") == "$(printf '%s\n' "${words[@]:3}" | LC_ALL=C sort)" ]]
    echo "$image: $(jq '[.layers[].size] | add / 1048576 | floor' "$work/copy/manifest.json") MiB compressed," \
        "$agent starts, it installs" $names
done
