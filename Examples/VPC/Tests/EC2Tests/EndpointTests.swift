// SPDX-License-Identifier: Apache-2.0

import CNITypes
import Testing

@testable import EC2

struct EndpointTests {
    @Test func `regions have their partitions' endpoints`() {
        #expect(
            Endpoint(service: "ec2", region: "eu-central-1").url == "https://ec2.eu-central-1.amazonaws.com/")
        #expect(
            Endpoint(service: "ec2", region: "cn-north-1").url == "https://ec2.cn-north-1.amazonaws.com.cn/")
        #expect(
            Endpoint(service: "sts", region: "us-gov-west-1").url
                == "https://sts.us-gov-west-1.amazonaws.com/")
        #expect(Partition(region: "us-gov-east-1").name == "aws-us-gov")
        #expect(Partition(region: "cn-northwest-1").name == "aws-cn")
        #expect(Partition(region: "us-east-1").name == "aws")
    }

    private static let referee = """
        import json
        import botocore.session
        from botocore.endpoint_provider import EndpointProvider
        loader = botocore.session.get_session().get_component('data_loader')
        partitions = loader.load_data('partitions')
        answers = []
        for service in ('ec2', 'sts'):
            provider = EndpointProvider(loader.load_service_model(service, 'endpoint-rule-set-1'), partitions)
            more = {'UseGlobalEndpoint': False} if service == 'sts' else {}
            for partition in partitions['partitions']:
                for region in partition['regions']:
                    if 'global' in region: continue
                    for fips in (False, True):
                        for dual in (False, True):
                            url = provider.resolve_endpoint(
                                Region=region, UseFIPS=fips, UseDualStack=dual, **more).url
                            answers.append([service, region, fips, dual, url + '/', partition['id']])
        print(json.dumps(answers))
        """

    @Test(.needsBotocore) func `endpoints of all regions are as botocore's`() throws {
        let answers = try JSON(parsing: try Python.run(Self.referee)).array ?? []
        #expect(answers.count > 300)
        for answer in answers {
            let fields = answer.array ?? []
            let region = fields[1].string ?? ""
            let endpoint = Endpoint(
                service: fields[0].string ?? "", region: region, fips: fields[2].bool ?? false,
                dualStack: fields[3].bool ?? false)
            #expect(endpoint.url == fields[4].string)
            #expect(Partition(region: region).name == fields[5].string)
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/", "127.0.0.1:5000"),
        ("https://ec2.example/", "https://ec2.example/", "ec2.example"),
        ("https://ec2.example:443", "https://ec2.example/", "ec2.example"),
        ("http://[fd00:ec2::254]", "http://[fd00:ec2::254]/", "[fd00:ec2::254]"),
        ("http://[::1]:8080/", "http://[::1]:8080/", "[::1]:8080"),
    ]) func `URLs are taken to pieces`(_ text: String, _ url: String, _ host: String) throws {
        let endpoint = try #require(Endpoint(url: text))
        #expect(endpoint.url == url)
        #expect(endpoint.host == host)
    }

    @Test(arguments: [
        "", "ec2.example", "ftp://ec2.example", "http://", "http:///x", "http://a/b", "http://a?b",
        "http://a#b",
        "http://user:password@a/", "http://a b/", "http://a/\r\nx: y",
    ]) func `other texts are no endpoints`(_ text: String) {
        #expect(Endpoint(url: text) == nil)
    }

    @Test func `variables and the profile say where EC2 is`() async throws {
        func url(_ variables: [String: String], _ service: String = "ec2") throws -> String {
            try AWSEnvironment(variables).endpoint(service, "eu-west-1").url
        }
        var variables = ["AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"]
        #expect(try url(variables) == "https://ec2.eu-west-1.amazonaws.com/")
        variables["AWS_USE_DUALSTACK_ENDPOINT"] = "true"
        #expect(try url(variables) == "https://ec2.eu-west-1.api.aws/")
        variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        #expect(try url(variables) == "http://127.0.0.1:1/")
        variables["AWS_ENDPOINT_URL_EC2"] = "http://127.0.0.1:2"
        #expect(try url(variables) == "http://127.0.0.1:2/")
        #expect(try url(variables, "sts") == "http://127.0.0.1:1/")
        variables["AWS_EC2_ENDPOINT"] = "http://127.0.0.1:3"
        #expect(try url(variables) == "http://127.0.0.1:3/")
        variables["AWS_EC2_ENDPOINT"] = "127.0.0.1:3"
        let error = #expect(throws: CredentialsError.self) { try url(variables) }
        #expect(
            "\(error.map { "\($0)" } ?? "")".hasPrefix("AWS_EC2_ENDPOINT: \"127.0.0.1:3\" is not the URL"))
    }

    @Test func `the region is asked for where it is said`() async throws {
        var variables = [
            "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        let nowhere = try AWSEnvironment(variables)
        await #expect(throws: CredentialsError.self) { try await nowhere.region() }
        variables["AWS_DEFAULT_REGION"] = "eu-west-2"
        #expect(try await AWSEnvironment(variables).region() == "eu-west-2")
        variables["AWS_REGION"] = "eu-west-1"
        #expect(try await AWSEnvironment(variables).region() == "eu-west-1")
        variables["AWS_REGION"] = "evil.example/?"
        let evil = try AWSEnvironment(variables)
        await #expect(throws: CredentialsError.self) { try await evil.region() }
    }
}
