# SPDX-License-Identifier: Apache-2.0
"""boto3 against a running simulator: `checks.py URL CHECK...`, one function a check."""

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

URL = sys.argv[1]


def client(key="test", secret="test", token=None, attempts=1, timeout=60):
    return boto3.client(
        "ec2",
        endpoint_url=URL,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(
            retries={"total_max_attempts": attempts, "mode": "standard"}, read_timeout=timeout
        ),
    )


ec2 = client()


def admin(method, path, body=None):
    request = urllib.request.Request(
        f"{URL}/_simulator/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def refused(code, call, text=None, status=None):
    try:
        call()
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"{found}, expected {code}"
        assert text is None or text in found["Message"], f"{found}, expected {text}"
        if status:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response
        return
    raise AssertionError(f"not refused with {code}")


def eventually(what, check):
    end = time.monotonic() + 60
    while not check():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.05)


def node():
    """Any running instance, and its subnet."""
    instance = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    return instance["InstanceId"], instance["SubnetId"], instance["VpcId"]


def interface(interface_id):
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])
    return found["NetworkInterfaces"][0]


def check_interface_life():
    instance, subnet, vpc = node()
    group = ec2.create_security_group(GroupName="life", Description="d", VpcId=vpc)["GroupId"]
    made = ec2.create_network_interface(
        SubnetId=subnet,
        Description='<pods> & "more"',
        Groups=[group],
        SecondaryPrivateIpAddressCount=2,
        ConnectionTrackingSpecification={"UdpTimeout": 40},
        TagSpecifications=[
            {
                "ResourceType": "network-interface",
                "Tags": [{"Key": "cluster", "Value": "über"}],
            }
        ],
    )["NetworkInterface"]
    eni = made["NetworkInterfaceId"]
    assert made["Description"] == '<pods> & "more"'
    assert made["Status"] == "available"
    assert made["TagSet"] == [{"Key": "cluster", "Value": "über"}]
    assert [group["GroupName"] for group in made["Groups"]] == ["life"]
    assert len(made["PrivateIpAddresses"]) == 3
    assert [one["Primary"] for one in made["PrivateIpAddresses"]] == [True, False, False]
    assert made["PrivateDnsName"].startswith("ip-10-0-")
    assert made["ConnectionTrackingConfiguration"]["UdpTimeout"] == 40

    attached = ec2.attach_network_interface(
        NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=1, NetworkCardIndex=0
    )
    assert attached["NetworkCardIndex"] == 0
    attachment = attached["AttachmentId"]
    eventually("attached", lambda: interface(eni)["Attachment"]["Status"] == "attached")
    found = interface(eni)
    assert found["Status"] == "in-use"
    assert found["Attachment"]["DeviceIndex"] == 1
    assert found["Attachment"]["DeleteOnTermination"] is False
    assert found["Attachment"]["InstanceId"] == instance
    inside = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    own = [one for one in inside["NetworkInterfaces"] if one["NetworkInterfaceId"] == eni][0]
    assert "InstanceId" not in own["Attachment"]
    assert own["Attachment"]["Status"] == "attached"
    assert inside["MetadataOptions"]["HttpTokens"] == "required"

    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=eni,
        Attachment={"AttachmentId": attachment, "DeleteOnTermination": True},
    )
    assert interface(eni)["Attachment"]["DeleteOnTermination"] is True
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": False})
    assert interface(eni)["SourceDestCheck"] is False
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Description={"Value": "new"})
    assert interface(eni)["Description"] == "new"
    second = ec2.create_security_group(GroupName="life-2", Description="d", VpcId=vpc)["GroupId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Groups=[second])
    assert [one["GroupId"] for one in interface(eni)["Groups"]] == [second]

    refused(
        "InvalidParameterValue",
        lambda: ec2.delete_network_interface(NetworkInterfaceId=eni),
        f"Network interface '{eni}' is currently in use.",
        400,
    )
    ec2.detach_network_interface(AttachmentId=attachment)
    assert interface(eni)["Attachment"]["Status"] == "detaching"
    eventually("detached", lambda: interface(eni)["Status"] == "available")
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    refused("InvalidNetworkInterfaceID.NotFound", lambda: interface(eni), eni, 400)


def check_addresses():
    instance, subnet, _ = node()
    eni = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.attach_network_interface(
        NetworkInterfaceId=eni, InstanceId=instance, DeviceIndex=1, NetworkCardIndex=0
    )
    got = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=3)
    new = [one["PrivateIpAddress"] for one in got["AssignedPrivateIpAddresses"]]
    assert len(new) == 3
    more = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4PrefixCount=2)
    prefixes = [one["Ipv4Prefix"] for one in more["AssignedIpv4Prefixes"]]
    assert len(prefixes) == 2 and not more.get("AssignedPrivateIpAddresses"), more
    found = interface(eni)
    assert [one["Ipv4Prefix"] for one in found["Ipv4Prefixes"]] == prefixes
    refused(
        "PrivateIpAddressLimitExceeded",
        lambda: ec2.assign_private_ip_addresses(
            NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=9
        ),
        "Number of private addresses will exceed limit.",
    )
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=new[:2])
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, Ipv4Prefixes=prefixes[:1])
    found = interface(eni)
    assert len(found["PrivateIpAddresses"]) == 2
    assert [one["Ipv4Prefix"] for one in found["Ipv4Prefixes"]] == prefixes[1:]
    refused(
        "InvalidParameterValue",
        lambda: ec2.unassign_private_ip_addresses(
            NetworkInterfaceId=eni, PrivateIpAddresses=new[:1]
        ),
        f"Some of the specified addresses are not assigned to interface {eni}",
    )
    explicit = ec2.assign_private_ip_addresses(
        NetworkInterfaceId=eni, PrivateIpAddresses=new[:1], AllowReassignment=True
    )
    assert explicit["AssignedPrivateIpAddresses"] == [{"PrivateIpAddress": new[0]}]

    six = ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6AddressCount=2)
    assert len(six["AssignedIpv6Addresses"]) == 2
    prefix = ec2.assign_ipv6_addresses(NetworkInterfaceId=eni, Ipv6PrefixCount=1)
    assert prefix["AssignedIpv6Prefixes"][0].endswith("/80")
    gone = ec2.unassign_ipv6_addresses(
        NetworkInterfaceId=eni, Ipv6Addresses=six["AssignedIpv6Addresses"][:1]
    )
    assert gone["UnassignedIpv6Addresses"] == six["AssignedIpv6Addresses"][:1]
    gone = ec2.unassign_ipv6_addresses(
        NetworkInterfaceId=eni, Ipv6Prefixes=prefix["AssignedIpv6Prefixes"]
    )
    assert gone["UnassignedIpv6Prefixes"] == prefix["AssignedIpv6Prefixes"]
    all_kinds = ec2.create_network_interface(
        SubnetId=subnet,
        Ipv4Prefixes=[{"Ipv4Prefix": prefixes[0]}],
        Ipv6PrefixCount=1,
    )["NetworkInterface"]
    assert all_kinds["Ipv4Prefixes"] == [{"Ipv4Prefix": prefixes[0]}]
    assert len(all_kinds["Ipv6Prefixes"]) == 1
    listed = ec2.create_network_interface(
        SubnetId=subnet,
        PrivateIpAddresses=[
            {"Primary": True, "PrivateIpAddress": "10.0.63.200"},
            {"Primary": False, "PrivateIpAddress": "10.0.63.201"},
        ],
        Ipv6AddressCount=1,
    )["NetworkInterface"]
    assert listed["PrivateIpAddress"] == "10.0.63.200"
    assert len(listed["Ipv6Addresses"]) == 1
    refused(
        "InvalidParameterCombination",
        lambda: ec2.create_network_interface(
            SubnetId=subnet, SecondaryPrivateIpAddressCount=1, Ipv4PrefixCount=1
        ),
    )
    refused(
        "InvalidIPAddress.InUse",
        lambda: ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.0.63.200"),
    )


def check_network():
    vpc = ec2.create_vpc(
        CidrBlock="10.9.0.0/16",
        AmazonProvidedIpv6CidrBlock=True,
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "second"}]}],
    )["Vpc"]
    six = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    more = ec2.associate_vpc_cidr_block(VpcId=vpc["VpcId"], CidrBlock="100.64.0.0/16")
    assert more["CidrBlockAssociation"]["CidrBlock"] == "100.64.0.0/16"
    found = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["second"]}])["Vpcs"][0]
    assert [one["CidrBlock"] for one in found["CidrBlockAssociationSet"]] == [
        "10.9.0.0/16",
        "100.64.0.0/16",
    ]
    subnet = ec2.create_subnet(
        VpcId=vpc["VpcId"],
        CidrBlock="100.64.1.0/28",
        AvailabilityZone="us-east-1b",
        Ipv6CidrBlock=six.replace("/56", "/64"),
    )["Subnet"]
    assert subnet["AvailableIpAddressCount"] == 11
    assert subnet["AvailabilityZoneId"] == "use1-az2"
    assert subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"] == {"State": "associated"}
    for _ in range(11):
        ec2.create_network_interface(SubnetId=subnet["SubnetId"])
    refused(
        "InsufficientFreeAddressesInSubnet",
        lambda: ec2.create_network_interface(SubnetId=subnet["SubnetId"]),
        "The specified subnet does not have enough free addresses to satisfy the request.",
    )
    found = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]
    assert found["AvailableIpAddressCount"] == 0
    refused(
        "InvalidSubnet.Conflict",
        lambda: ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="100.64.1.0/24"),
    )
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc["VpcId"])
    group = group["GroupId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 90,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}],
        "Ipv6Ranges": [{"CidrIpv6": "2600::/16"}],
        "UserIdGroupPairs": [{"GroupId": group}],
    }
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert answer["Return"] is True and len(answer["SecurityGroupRules"]) == 3
    found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert len(found["IpPermissions"]) == 1, found
    assert found["IpPermissions"][0]["IpRanges"] == permission["IpRanges"]
    assert found["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group
    assert found["IpPermissionsEgress"][0]["IpProtocol"] == "-1"
    refused(
        "InvalidPermission.Duplicate",
        lambda: ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission]),
    )
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    ec2.authorize_security_group_egress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}],
    )
    ec2.revoke_security_group_egress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["web"]}])
    found = found["SecurityGroups"][0]
    assert found["IpPermissions"] == []
    (rest,) = found["IpPermissionsEgress"]
    assert rest["UserIdGroupPairs"][0]["GroupId"] == group and rest["IpRanges"] == [], rest


def check_instances():
    _, subnet, vpc = node()
    launched = ec2.run_instances(
        ImageId="ami-12345678",
        InstanceType="c5.large",
        MinCount=2,
        MaxCount=2,
        SubnetId=subnet,
        MetadataOptions={"HttpPutResponseHopLimit": 2, "HttpTokens": "required"},
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "batch"}]}
        ],
    )["Instances"]
    ids = [one["InstanceId"] for one in launched]
    assert [one["State"]["Name"] for one in launched] == ["pending", "pending"]
    by_name = [{"Name": "tag:Name", "Values": ["batch"]}]
    ec2.get_waiter("instance_running").wait(
        InstanceIds=ids, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    found = ec2.describe_instances(Filters=by_name)["Reservations"]
    assert len(found) == 1 and len(found[0]["Instances"]) == 2
    primary = found[0]["Instances"][0]["NetworkInterfaces"][0]
    assert primary["Attachment"]["DeleteOnTermination"] is True
    refused(
        "OperationNotPermitted",
        lambda: ec2.detach_network_interface(
            AttachmentId=primary["Attachment"]["AttachmentId"]
        ),
        "The network interface at device index 0 and networkCard index 0 cannot be detached.",
    )
    ec2.reboot_instances(InstanceIds=ids)
    ec2.stop_instances(InstanceIds=ids[:1])
    ec2.get_waiter("instance_stopped").wait(
        InstanceIds=ids[:1], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert interface(primary["NetworkInterfaceId"])["Status"] == "in-use"
    ec2.start_instances(InstanceIds=ids[:1])
    gone = ec2.terminate_instances(InstanceIds=ids)["TerminatingInstances"]
    assert [one["CurrentState"]["Name"] for one in gone] == ["shutting-down"] * 2
    ec2.get_waiter("instance_terminated").wait(
        InstanceIds=ids, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    refused(
        "InvalidNetworkInterfaceID.NotFound", lambda: interface(primary["NetworkInterfaceId"])
    )
    types = ec2.describe_instance_types(InstanceTypes=["p5.48xlarge", "m4.large"])["InstanceTypes"]
    types = {one["InstanceType"]: one for one in types}
    network = types["p5.48xlarge"]["NetworkInfo"]
    assert network["MaximumNetworkInterfaces"] == 64
    assert network["NetworkCards"][network["DefaultNetworkCardIndex"]][
        "MaximumNetworkInterfaces"
    ] == 2
    assert types["m4.large"]["Hypervisor"] == "xen"
    refused(
        "InvalidInstanceType", lambda: ec2.describe_instance_types(InstanceTypes=["m99.huge"])
    )


def check_tags():
    _, subnet, _ = node()
    eni = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.create_tags(
        Resources=[eni], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
    )
    by_id = [{"Name": "resource-id", "Values": [eni]}]
    tags = ec2.describe_tags(Filters=by_id)["Tags"]
    assert [(one["Key"], one["Value"], one["ResourceType"]) for one in tags] == [
        ("a", "1", "network-interface"),
        ("b", "", "network-interface"),
    ]
    ec2.delete_tags(Resources=[eni], Tags=[{"Key": "a"}])
    assert [one["Key"] for one in ec2.describe_tags(Filters=by_id)["Tags"]] == ["b"]
    by_tag = ec2.describe_network_interfaces(Filters=[{"Name": "tag-key", "Values": ["b"]}])
    assert [one["NetworkInterfaceId"] for one in by_tag["NetworkInterfaces"]] == [eni]
    refused(
        "InvalidNetworkInterfaceID.NotFound",
        lambda: ec2.create_tags(
            Resources=["eni-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "1"}]
        ),
    )


def check_pages():
    _, subnet, _ = node()
    for _ in range(12):
        ec2.create_network_interface(SubnetId=subnet)
    seen = []
    sizes = []
    for page in ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "subnet-id", "Values": [subnet]}], PaginationConfig={"PageSize": 5}
    ):
        sizes.append(len(page["NetworkInterfaces"]))
        seen += [one["NetworkInterfaceId"] for one in page["NetworkInterfaces"]]
    assert len(seen) == len(set(seen)) >= 12
    assert all(size == 5 for size in sizes[:-1]), sizes
    refused(
        "InvalidParameterCombination",
        lambda: ec2.describe_network_interfaces(NetworkInterfaceIds=seen[:1], MaxResults=5),
        "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults",
    )
    refused(
        "InvalidNextToken", lambda: ec2.describe_network_interfaces(NextToken="x", MaxResults=5)
    )
    for name, key in [
        ("describe_instances", "Reservations"),
        ("describe_subnets", "Subnets"),
        ("describe_vpcs", "Vpcs"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_instance_types", "InstanceTypes"),
        ("describe_tags", "Tags"),
    ]:
        pages = ec2.get_paginator(name).paginate(PaginationConfig={"PageSize": 5})
        together = [one for page in pages for one in page[key]]
        alone = getattr(ec2, name)()[key]
        assert len(together) == len(alone), name


def check_signatures():
    ec2.describe_vpcs()
    refused("AuthFailure", client(key="nobody").describe_vpcs, status=401)
    refused("SignatureDoesNotMatch", client(secret="wrong").describe_vpcs, status=403)
    refused("AuthFailure", client(token="unexpected").describe_vpcs, status=401)
    other = boto3.client(
        "ec2",
        endpoint_url=URL,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    refused("AuthFailure", other.describe_vpcs, "eu-west-1")
    try:
        urllib.request.urlopen(f"{URL}/?Action=DescribeVpcs&Version=2016-11-15", timeout=60)
        raise AssertionError("a request without a signature was answered")
    except urllib.error.HTTPError as error:
        assert error.code == 403 and b"MissingAuthenticationToken" in error.read()
    admin("PUT", "faults", {"clockSkew": 1000})
    refused("RequestExpired", ec2.describe_vpcs)
    admin("PUT", "faults", {"clockSkew": -1000})
    refused("RequestExpired", ec2.describe_vpcs)
    admin("PUT", "faults", {"clockSkew": 600})
    ec2.describe_vpcs()
    admin("DELETE", "faults")


def check_permissions():
    _, subnet, _ = node()
    arn = "arn:aws:ec2:*:*:"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "ec2:CreateNetworkInterface",
                "Resource": arn + "network-interface/*",
                "Condition": {"StringEquals": {"aws:RequestTag/cluster": "demo"}},
            },
            {
                "Effect": "Allow",
                "Action": ["ec2:CreateNetworkInterface"],
                "Resource": [arn + "subnet/*", arn + "security-group/*"],
            },
            {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": arn + "network-interface/*"},
            {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
        ],
    }
    admin("POST", "setup", {"keys": [{"id": "scoped", "secret": "s", "policy": policy}]})
    scoped = client("scoped", "s")
    refused(
        "UnauthorizedOperation",
        lambda: scoped.create_network_interface(SubnetId=subnet),
        "ec2:CreateNetworkInterface",
        403,
    )
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "cluster", "Value": "demo"}]}]
    refused(
        "DryRunOperation",
        lambda: scoped.create_network_interface(
            SubnetId=subnet, TagSpecifications=tags, DryRun=True
        ),
        status=412,
    )
    made = scoped.create_network_interface(SubnetId=subnet, TagSpecifications=tags)
    refused(
        "UnauthorizedOperation",
        lambda: scoped.delete_network_interface(
            NetworkInterfaceId=made["NetworkInterface"]["NetworkInterfaceId"]
        ),
    )
    scoped.describe_network_interfaces()


def check_throttling():
    admin(
        "PUT",
        "faults",
        {"throttle": {"limits": {"CreateNetworkInterface": {"capacity": 3, "refill": 0}}}},
    )
    _, subnet, _ = node()
    for _ in range(3):
        ec2.create_network_interface(SubnetId=subnet)
    refused(
        "RequestLimitExceeded",
        lambda: ec2.create_network_interface(SubnetId=subnet),
        status=503,
    )
    ec2.describe_network_interfaces()
    admin("DELETE", "faults")
    ec2.create_network_interface(SubnetId=subnet)


def check_faults():
    _, subnet, _ = node()
    count = lambda: len(ec2.describe_network_interfaces()["NetworkInterfaces"])
    admin(
        "POST",
        "faults",
        {"action": "Create*", "code": "InternalError", "message": "on purpose", "times": 2},
    )
    for _ in range(2):
        refused(
            "InternalError",
            lambda: ec2.create_network_interface(SubnetId=subnet),
            "on purpose",
            500,
        )
    ec2.create_network_interface(SubnetId=subnet)
    # The call has its effect, and the answer is lost; the repetition with the same token finds it.
    before = count()
    admin(
        "POST",
        "faults",
        {"action": "CreateNetworkInterface", "when": "after", "effect": "drop", "times": 1},
    )
    try:
        client().create_network_interface(SubnetId=subnet, ClientToken="lost")
        raise AssertionError("an answer came")
    except (ConnectionClosedError, HTTPClientError):
        pass
    assert count() == before + 1
    ec2.create_network_interface(SubnetId=subnet, ClientToken="lost")
    assert count() == before + 1
    refused(
        "IdempotentParameterMismatch",
        lambda: ec2.create_network_interface(
            SubnetId=subnet, ClientToken="lost", Description="other"
        ),
    )
    # A call that hangs until it is let go.
    rule = admin("POST", "faults", {"action": "CreateNetworkInterface", "effect": "hold", "times": 1})
    done = threading.Event()

    def create():
        client().create_network_interface(SubnetId=subnet)
        done.set()

    threading.Thread(target=create, daemon=True).start()
    eventually("held", lambda: admin("GET", "faults")["held"].get(rule["id"]) == 1)
    assert count() == before + 1 and not done.is_set()
    admin("DELETE", "faults/" + rule["id"])
    assert done.wait(60)
    assert count() == before + 2
    # Describe behind the truth.
    admin("PUT", "faults", {"describeLag": 3600})
    made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
    refused(
        "InvalidNetworkInterfaceID.NotFound", lambda: interface(made["NetworkInterfaceId"])
    )
    admin("PUT", "faults", {"describeLag": 0})
    interface(made["NetworkInterfaceId"])
    admin("PUT", "faults", {"latencies": {"DescribeVpcs": 0.3}})
    start = time.monotonic()
    ec2.describe_vpcs()
    assert time.monotonic() - start >= 0.3
    calls = admin("GET", "calls")
    last = [one for one in calls["calls"] if one["service"] == "ec2"][-1]
    assert last["action"] == "DescribeVpcs" and last["milliseconds"] >= 300, last
    assert calls["totals"]["CreateNetworkInterface"]["refused"] >= 3
    admin("DELETE", "faults")


def check_strictness():
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials

    def raw(body):
        request = botocore.awsrequest.AWSRequest(
            "POST",
            URL + "/",
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        key = botocore.credentials.Credentials("test", "test")
        botocore.auth.SigV4Auth(key, "ec2", "us-east-1").add_auth(request)
        prepared = request.prepare()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(
                    URL + "/", data=body.encode(), headers=dict(prepared.headers), method="POST"
                ),
                timeout=60,
            ) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    assert "<vpcSet>" in raw("Action=DescribeVpcs&Version=2016-11-15")
    assert "InvalidAction" in raw("Action=MakeCoffee&Version=2016-11-15")
    assert "MissingAction" in raw("Version=2016-11-15")
    assert "NoSuchVersion" in raw("Action=DescribeVpcs&Version=1999-01-01")
    assert "UnknownParameter" in raw("Action=DescribeVpcs&Version=2016-11-15&Colour=red")
    assert "MissingParameter" in raw("Action=DeleteNetworkInterface&Version=2016-11-15")
    assert "InvalidParameterValue" in raw(
        "Action=DescribeVpcs&Version=2016-11-15&MaxResults=many"
    )


def check_metadata():
    os.environ.pop("AWS_EC2_METADATA_DISABLED", None)
    state = admin("GET", "state")
    instance = state["instances"][0]
    role = instance["role"]
    for base in (instance["metadata"], f"{URL}/_imds/{instance['id']}"):
        put = urllib.request.Request(
            base + "/latest/api/token",
            method="PUT",
            headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"},
        )
        token = urllib.request.urlopen(put, timeout=60).read().decode()

        def get(path):
            request = urllib.request.Request(
                base + "/latest/meta-data/" + path, headers={"X-aws-ec2-metadata-token": token}
            )
            return urllib.request.urlopen(request, timeout=60).read().decode()

        assert get("instance-id") == instance["id"]
        mac = get("mac")
        assert get("network/interfaces/macs/").split() == [mac + "/"]
        assert get(f"network/interfaces/macs/{mac}/local-ipv4s")
        admin(
            "PUT",
            "faults",
            {
                "hiddenLeaves": {"*": ["local-ipv4s"]},
                "rules": [{"action": "imds:*/hostname", "code": "x", "status": 500, "times": 1}],
            },
        )
        for path, status in [
            (f"network/interfaces/macs/{mac}/local-ipv4s", 404),
            ("hostname", 500),
        ]:
            try:
                get(path)
                raise AssertionError(f"{path} was answered")
            except urllib.error.HTTPError as error:
                assert error.code == status, error
        get("hostname")
        admin("DELETE", "faults")
        assert get(f"network/interfaces/macs/{mac}/device-number") == "0"
        try:
            urllib.request.urlopen(base + "/latest/meta-data/mac", timeout=60)
            raise AssertionError("answered without a token")
        except urllib.error.HTTPError as error:
            assert error.code == 401
    # The whole chain: botocore's own IMDS client, the role's keys, a signed call.
    import botocore.session
    import botocore.utils

    fetcher = botocore.utils.InstanceMetadataFetcher(
        base_url=instance["metadata"] + "/", config={"ec2_metadata_v1_disabled": True}
    )
    keys = fetcher.retrieve_iam_role_credentials()
    assert keys["role_name"] == role
    by_role = client(keys["access_key"], keys["secret_key"], keys["token"])
    by_role.describe_vpcs()
    last = [one for one in admin("GET", "calls")["calls"] if one["service"] == "ec2"][-1]
    assert last["caller"].endswith(f"assumed-role/{role}/{instance['id']}"), last
    refused("AuthFailure", client(keys["access_key"], keys["secret_key"]).describe_vpcs)
    admin("PUT", "faults", {"expireRoleKeys": True})
    refused("RequestExpired", by_role.describe_vpcs)
    renewed = fetcher.retrieve_iam_role_credentials()
    assert renewed["access_key"] != keys["access_key"]
    client(renewed["access_key"], renewed["secret_key"], renewed["token"]).describe_vpcs()


def check_admin():
    def status(method, path, body=None):
        try:
            admin(method, path, body)
            return 200, ""
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["error"]

    assert admin("GET", "health") == {"status": "ok"}
    code, text = status("POST", "setup", {"vpcs": [{"cidrs": ["10.7.0.0/16"], "subnetz": []}]})
    assert code == 400 and "vpcs[0].subnetz: unknown key" in text, text
    before = len(admin("GET", "state")["vpcs"])
    code, text = status(
        "POST",
        "setup",
        {"vpcs": [{"cidrs": ["10.7.0.0/16"], "subnets": [{"cidr": "10.8.0.0/24"}]}]},
    )
    assert code == 400 and text.startswith("vpcs[0].subnets[0]: InvalidSubnet.Range"), text
    assert len(admin("GET", "state")["vpcs"]) == before, "half a set-up was left"
    names = admin(
        "POST",
        "setup",
        {
            "vpcs": [
                {
                    "name": "later",
                    "cidrs": ["10.7.0.0/16", "100.65.0.0/16"],
                    "ipv6": True,
                    "groups": [
                        {"name": "a", "ingress": [{"protocol": "tcp", "from": 80, "group": "b"}]},
                        {"name": "b", "egress": [{"cidr": "10.0.0.0/8"}]},
                    ],
                    "subnets": [
                        {"name": "s", "cidr": "10.7.1.0/24", "ipv6": True, "public": True},
                        {"name": "pods", "cidr": "100.65.1.0/24", "ipv6": True},
                    ],
                    "instances": [
                        {"name": "n", "subnet": "s", "groups": ["a"], "address": "10.7.1.10"}
                    ],
                }
            ]
        },
    )
    assert set(names) == {"vpc/later", "group/a", "group/b", "subnet/s", "subnet/pods", "instance/n"}
    instance = ec2.describe_instances(InstanceIds=[names["instance/n"]])
    instance = instance["Reservations"][0]["Instances"][0]
    assert instance["State"]["Name"] == "running"
    assert instance["PrivateIpAddress"] == "10.7.1.10" and instance["PublicIpAddress"]
    groups = ec2.describe_security_groups(GroupIds=[names["group/b"]])["SecurityGroups"][0]
    assert [one["IpRanges"] for one in groups["IpPermissionsEgress"]] == [[{"CidrIp": "10.0.0.0/8"}]]
    assert status("GET", "nothing")[0] == 404
    assert status("PUT", "faults", {"describeLag": "long"})[0] == 400
    assert status("DELETE", "faults/none")[0] == 404
    admin("PUT", "faults", {"timing": {"detach": 30}})
    assert status("PUT", "faults", {"timing": {"detach": 2}, "clockSkew": "no"})[0] == 400
    timing = admin("GET", "faults")["timing"]
    assert timing["detach"] == 30 and timing["attach"] == 1.5, timing
    foreign = urllib.request.Request(
        URL + "/_simulator/state", headers={"Origin": "http://elsewhere.example"}
    )
    try:
        urllib.request.urlopen(foreign, timeout=60)
        raise AssertionError("another origin was answered")
    except urllib.error.HTTPError as error:
        assert error.code == 403
    assert status("POST", f"instances/{names['instance/n']}/reboot")[0] == 200
    assert status("POST", "instances/i-0123456789abcdef0/reboot")[0] == 409
    assert status("POST", f"instances/{names['instance/n']}/explode")[0] == 404
    boots = [one["boots"] for one in admin("GET", "state")["instances"] if one["id"] == names["instance/n"]]
    assert boots == [2]
    page = urllib.request.urlopen(URL + "/", timeout=60).read().decode()
    assert "vpc-simulator" in page and "http://" not in page.replace("http://www.w3.org", "")


for name in sys.argv[2:]:
    globals()["check_" + name]()
    print("ok", name)
