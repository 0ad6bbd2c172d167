#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write a container image as an OCI archive, from files of ours and the shared libraries of Debian packages.

No container engine takes part: one layer, as the OCI image specification (layout, manifest, config) describes it. Two
runs over the same inputs give the same bytes: sorted names, no owners, one time for everything.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# What a program without a shell needs of a package: its libraries, data that they read, and the licence.
WANTED = re.compile(r"^(usr/)?lib(64)?/|^usr/share/(doc/[^/]+/copyright$|ca-certificates/)|^etc/ssl/")
# Debian 12 has /lib as a link to /usr/lib, and so do the images.
MERGED = {"lib": "usr/lib", "lib64": "usr/lib64", "bin": "usr/bin", "sbin": "usr/sbin"}


class Layer:
    """The files of the image by path, without a slash at the front."""

    def __init__(self):
        self.entries = {}

    def folder(self, path):
        while path and path not in self.entries:
            self.entries[path] = ("folder", None, 0o755)
            path = os.path.dirname(path)

    def file(self, path, content, mode):
        path = merged(path)
        self.folder(os.path.dirname(path))
        self.entries[path] = ("file", content, mode)

    def link(self, path, target):
        path = path if path in MERGED else merged(path)
        self.folder(os.path.dirname(path))
        self.entries[path] = ("link", target, 0o777)

    def archive(self, time):
        result = io.BytesIO()
        with tarfile.open(fileobj=result, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, (kind, value, mode) in sorted(self.entries.items()):
                entry = tarfile.TarInfo(path)
                entry.mode, entry.mtime = mode, time
                if kind == "folder":
                    entry.type = tarfile.DIRTYPE
                    archive.addfile(entry)
                elif kind == "file":
                    entry.size = len(value)
                    archive.addfile(entry, io.BytesIO(value))
                else:
                    entry.type, entry.linkname = tarfile.SYMTYPE, value
                    archive.addfile(entry)
        return result.getvalue()


def merged(path):
    first, slash, rest = path.partition("/")
    return MERGED[first] + slash + rest if first in MERGED else path


def needed_libraries(executable):
    """The libraries that ld.so loads for an executable, its own loader included; none if it is static."""
    answer = subprocess.run(["ldd", executable], capture_output=True, text=True)
    missing = re.findall(r"(\S+) => not found", answer.stdout)
    if missing:
        sys.exit(f"image: {executable} needs {', '.join(missing)}, which this machine lacks")
    return set(re.findall(r"(/\S+) \(0x", answer.stdout))


def package_of(library):
    """The Debian package that a library is of, whichever side of the /usr merge dpkg knows it by."""
    real = os.path.realpath(library)
    for path in {library, real, real.removeprefix("/usr"), "/usr" + library}:
        answer = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.split(": ")[0].split(",")[0].strip()
    sys.exit(f"image: {library} is of no Debian package")


def add_package(layer, package, folder):
    """Adds what is WANTED of a Debian package, as the archive has it and not as this machine has it."""
    answer = subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"image: cannot download {package}: {answer.stderr.strip()}")
    name = package.split(":")[0]
    found = [file for file in os.listdir(folder) if file.startswith(name + "_")]
    content = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", os.path.join(folder, found[0])], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            path = os.path.normpath(entry.name)
            if not WANTED.match(path) or "/gconv/" in path or "/locale/" in path:
                continue
            if entry.isfile():
                layer.file(path, archive.extractfile(entry).read(), entry.mode & 0o755)
            elif entry.issym():
                layer.link(path, entry.linkname)
    return re.sub(r"\.deb$", "", found[0])


def add_certificates(layer):
    """The authorities that Debian trusts, in the one file where TLS libraries look; its postinst would write it."""
    certificates = [
        value for path, (kind, value, _) in sorted(layer.entries.items())
        if kind == "file" and path.startswith("usr/share/ca-certificates/")]
    if certificates:
        layer.file("etc/ssl/certs/ca-certificates.crt", b"".join(certificates), 0o644)


def add_files(layer, arguments):
    executables = []
    for pair in arguments.file:
        source, path = pair.split("=", 1)
        with open(source, "rb") as file:
            layer.file(path.strip("/"), file.read(), 0o755 if os.access(source, os.X_OK) else 0o644)
        if os.access(source, os.X_OK):
            executables.append(source)
    return executables


def write_image(layer, arguments, packages):
    architecture = ARCHITECTURES.get(os.uname().machine, os.uname().machine)
    archive = layer.archive(arguments.time)
    blobs = {}

    def blob(content):
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"digest": "sha256:" + digest, "size": len(content)}

    labels = {
        "org.opencontainers.image.title": arguments.name.split("/")[-1].split(":")[0],
        "org.opencontainers.image.version": arguments.name.rpartition(":")[2],
        "org.opencontainers.image.revision": arguments.revision,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "debian.packages": " ".join(packages),
    }
    when = subprocess.run(
        ["date", "-u", "-d", f"@{arguments.time}", "+%Y-%m-%dT%H:%M:%SZ"],
        capture_output=True, text=True, check=True).stdout.strip()
    config = {
        "created": when, "architecture": architecture, "os": "linux",
        "config": {
            "Entrypoint": [arguments.entrypoint], "Labels": labels, "WorkingDir": "/",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(archive).hexdigest()]},
        "history": [{"created": when, "created_by": "Scripts/image.py"}],
    }
    media = "application/vnd.oci.image."
    layer_blob = {"mediaType": media + "layer.v1.tar+gzip", **blob(gzip.compress(archive, mtime=0))}
    manifest = blob(as_json({
        "schemaVersion": 2, "mediaType": media + "manifest.v1+json",
        "config": {"mediaType": media + "config.v1+json", **blob(as_json(config))},
        "layers": [layer_blob]}))
    index = as_json({
        "schemaVersion": 2, "mediaType": media + "index.v1+json",
        "manifests": [{
            "mediaType": media + "manifest.v1+json", **manifest,
            "platform": {"architecture": architecture, "os": "linux"},
            "annotations": {"org.opencontainers.image.ref.name": arguments.name}}]})

    layout = Layer()
    layout.file("oci-layout", as_json({"imageLayoutVersion": "1.0.0"}), 0o644)
    layout.file("index.json", index, 0o644)
    for digest, content in blobs.items():
        layout.file("blobs/sha256/" + digest, content, 0o644)
    new = arguments.output + ".new"
    with open(new, "wb") as file:
        file.write(layout.archive(arguments.time))
    os.replace(new, arguments.output)
    print(f"{arguments.output}: {arguments.name}, {len(archive) >> 20} MiB, {manifest['digest']}")


def as_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the image's name and tag")
    parser.add_argument("--output", required=True, help="the OCI archive to write")
    parser.add_argument("--entrypoint", required=True, help="path in the image")
    parser.add_argument("--file", action="append", default=[], metavar="SOURCE=PATH", help="a file of the image")
    parser.add_argument("--package", action="append", default=[], help="a Debian package besides those of the libraries")
    parser.add_argument("--revision", default="", help="the commit")
    parser.add_argument("--time", type=int, default=0, help="of everything in it, seconds since 1970")
    arguments = parser.parse_args()

    layer = Layer()
    for name, target in MERGED.items():
        layer.folder(target)
        layer.link(name, target)
    for folder, mode in (("etc", 0o755), ("run", 0o755), ("tmp", 0o1777), ("var", 0o755)):
        layer.entries[folder] = ("folder", None, mode)
    layer.file("etc/passwd", b"root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n", 0o644)
    layer.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n", 0o644)
    layer.file("etc/nsswitch.conf", b"hosts: files dns\n", 0o644)
    executables = add_files(layer, arguments)
    libraries = set().union(*(needed_libraries(path) for path in executables)) if executables else set()
    wanted = sorted({package_of(library) for library in libraries} | set(arguments.package))
    with tempfile.TemporaryDirectory() as folder:
        packages = [add_package(layer, package, folder) for package in wanted]
    add_certificates(layer)
    write_image(layer, arguments, packages)


if __name__ == "__main__":
    main()
