#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client of the Container Runtime Interface, of as much of it as the tests call.

    cri.py SOCKET METHOD [REQUEST]

REQUEST and the answer, which goes to standard output, are JSON with the names of the interface's api.proto. An error
goes to standard error with gRPC's name of it, and the status is 1. Of Debian's modules (python3-grpcio, python3-protobuf):
start it by Debian's interpreter.
"""
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# Kubernetes' pkg/apis/runtime/v1/api.proto: message, then its fields as NUMBER NAME TYPE. A type is one of protobuf's, or
# another of these messages; "[]" repeats it, "{}" is a map of strings.
MESSAGES = {
    "StatusRequest": [],
    "StatusResponse": ["1 status RuntimeStatus"],
    "RuntimeStatus": ["1 conditions RuntimeCondition[]"],
    "RuntimeCondition": ["1 type string", "2 status bool", "3 reason string", "4 message string"],
    "RunPodSandboxRequest": ["1 config PodSandboxConfig"],
    "RunPodSandboxResponse": ["1 pod_sandbox_id string"],
    "PodSandboxConfig": [
        "1 metadata PodSandboxMetadata", "2 hostname string", "3 log_directory string", "5 port_mappings PortMapping[]",
        "7 annotations {}", "8 linux LinuxPodSandboxConfig"],
    "PodSandboxMetadata": ["1 name string", "2 uid string", "3 namespace string", "4 attempt uint32"],
    "PortMapping": ["1 protocol int32", "2 container_port int32", "3 host_port int32", "4 host_ip string"],
    "LinuxPodSandboxConfig": ["2 security_context LinuxSandboxSecurityContext"],
    "LinuxSandboxSecurityContext": ["1 namespace_options NamespaceOption"],
    "NamespaceOption": ["1 network int32"],
    "StopPodSandboxRequest": ["1 pod_sandbox_id string"],
    "StopPodSandboxResponse": [],
    "RemovePodSandboxRequest": ["1 pod_sandbox_id string"],
    "RemovePodSandboxResponse": [],
    "PodSandboxStatusRequest": ["1 pod_sandbox_id string"],
    "PodSandboxStatusResponse": ["1 status PodSandboxStatus"],
    "PodSandboxStatus": [
        "1 id string", "2 metadata PodSandboxMetadata", "3 state int32", "5 network PodSandboxNetworkStatus"],
    "PodSandboxNetworkStatus": ["1 ip string", "2 additional_ips PodIP[]"],
    "PodIP": ["1 ip string"],
    "ListPodSandboxRequest": [],
    "ListPodSandboxResponse": ["1 items PodSandbox[]"],
    "PodSandbox": ["1 id string", "2 metadata PodSandboxMetadata", "3 state int32"],
    "CreateContainerRequest": ["1 pod_sandbox_id string", "2 config ContainerConfig", "3 sandbox_config PodSandboxConfig"],
    "CreateContainerResponse": ["1 container_id string"],
    "ContainerConfig": ["1 metadata ContainerMetadata", "2 image ImageSpec", "3 command string[]", "11 log_path string"],
    "ContainerMetadata": ["1 name string"],
    "ImageSpec": ["1 image string"],
    "StartContainerRequest": ["1 container_id string"],
    "StartContainerResponse": [],
    "ExecSyncRequest": ["1 container_id string", "2 cmd string[]", "3 timeout int64"],
    "ExecSyncResponse": ["1 stdout bytes", "2 stderr bytes", "3 exit_code int32"],
}
FIELD = descriptor_pb2.FieldDescriptorProto
SCALARS = {name: getattr(FIELD, "TYPE_" + name.upper()) for name in ("string", "bytes", "bool", "int32", "uint32", "int64")}


def messages():
    """The classes of MESSAGES by name."""
    file = descriptor_pb2.FileDescriptorProto(name="cri.proto", package="runtime.v1", syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields:
            number, key, kind = text.split()
            field = message.field.add(name=key, number=int(number), label=FIELD.LABEL_OPTIONAL)
            if kind.endswith(("[]", "{}")):
                field.label = FIELD.LABEL_REPEATED
            if kind == "{}":
                # A map is a repeated message of its own, named after the field.
                entry = message.nested_type.add(name="".join(part.capitalize() for part in key.split("_")) + "Entry")
                entry.options.map_entry = True
                for position, part in enumerate(("key", "value"), 1):
                    entry.field.add(name=part, number=position, label=FIELD.LABEL_OPTIONAL, type=FIELD.TYPE_STRING)
                field.type, field.type_name = FIELD.TYPE_MESSAGE, f".runtime.v1.{name}.{entry.name}"
            elif kind.removesuffix("[]") in SCALARS:
                field.type = SCALARS[kind.removesuffix("[]")]
            else:
                field.type, field.type_name = FIELD.TYPE_MESSAGE, ".runtime.v1." + kind.removesuffix("[]")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return lambda name: message_factory.MessageFactory(pool).GetPrototype(
        pool.FindMessageTypeByName("runtime.v1." + name))


def main():
    socket, method, text = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "{}"
    message = messages()
    request = json_format.Parse(text, message(method + "Request")())
    with grpc.insecure_channel("unix:" + socket) as channel:
        call = channel.unary_unary(
            "/runtime.v1.RuntimeService/" + method,
            request_serializer=lambda value: value.SerializeToString(),
            response_deserializer=message(method + "Response").FromString)
        try:
            answer = call(request, timeout=60, wait_for_ready=True)
        except grpc.RpcError as error:
            sys.exit(f"{method}: {error.code().name}: {error.details()}")
    # Bytes are base64 in protobuf's JSON: a text is what a test wants.
    if method == "ExecSync":
        sys.stderr.buffer.write(answer.stderr)
        sys.stdout.buffer.write(answer.stdout)
        sys.exit(answer.exit_code)
    print(json_format.MessageToJson(
        answer, preserving_proto_field_name=True, including_default_value_fields=True, indent=None))


main()
